import HTTP

/// What the head of a request for detection says, once it was found worth reading on.
struct DetectionCall: Sendable {
    /// The route.
    let route: ServiceRoute
    /// What its path names.
    let parameters: PathParameters
    /// How its content is encoded.
    let coding: ContentCoding
}
