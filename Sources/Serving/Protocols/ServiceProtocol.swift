import HTTP

/// The protocols that the service speaks: for each the form that it reads requests in, and that failures have.
///
/// A protocol is known by the route, before there is a request. Another one may be recognised by the content.
enum ServiceProtocol: Sendable, Hashable, CaseIterable {
    /// The service's own.
    case multibox

    /// Understands a request for detection.
    ///
    /// - Parameters:
    ///   - models: those that can be asked for.
    ///   - memory: where that of images is reserved that are no parts of the content.
    func read(
        _ request: Request, models: ServedModels, maximumImages: Int, memory: HeldMemory
    ) throws(ServiceError) -> DetectionRequest {
        switch self {
        case .multibox:
            try DetectionRequest(request, models: models, maximumImages: maximumImages, memory: memory)
        }
    }

    /// The answer to a failure.
    ///
    /// - Parameter requestID: the request's identifier; nil where there is none.
    func response(to problem: Problem, requestID: String?) -> Response {
        switch self {
        case .multibox: problem.response(requestID: requestID)
        }
    }
}
