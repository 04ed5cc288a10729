import HTTP

/// What the head of a request for detection says, once it was found worth reading on.
struct DetectionCall: Sendable {
    /// The route.
    let route: ServiceRoute
    /// What its path names.
    let parameters: PathParameters
    /// How its content is encoded.
    let coding: ContentCoding
    /// Lets the request in by the key in its form; nil where it has been let in. Nothing of it is looked at before.
    var admit: (@Sendable (_ key: String?) throws(ServiceError) -> Void)?
}
