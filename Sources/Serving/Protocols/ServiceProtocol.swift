import HTTP

/// The protocols that the service speaks: for each the form that it reads requests in, and that failures have.
///
/// A protocol is known by the route, before there is a request. Another one may be recognised by the content.
enum ServiceProtocol: Sendable, Hashable, CaseIterable {
    /// The service's own.
    case multibox
    /// The Open Inference Protocol, version 2, which Triton and KServe speak.
    case openInference
    /// That of DeepStack and CodeProject.AI.
    case deepStack
    /// That of DOODS and DOODS2.
    case doods

    /// What is spoken where a client asks for what is not served: those of other services should understand that.
    init(ofUnknownPath path: String) {
        self = path.hasPrefix("/v2/") ? .openInference : path.hasPrefix("/v1/") ? .deepStack : .multibox
    }

    /// Understands a request for detection.
    func read(_ request: Request, _ intake: inout RequestIntake) throws(ServiceError) -> DetectionRequest {
        switch self {
        case .multibox: try DetectionRequest(request, &intake)
        case .openInference: try OpenInference.read(request, intake)
        case .deepStack: try DeepStack.read(request, intake)
        case .doods: try DOODS.read(request, intake)
        }
    }

    /// The answer to a failure, with the fields that belong to its status.
    ///
    /// - Parameters:
    ///   - requestID: the request's identifier; nil where there is none.
    ///   - traceID: the trace that it belongs to; nil where there is none.
    func response(to problem: Problem, requestID: String?, traceID: String?) -> Response {
        let body: [UInt8]
        switch self {
        case .multibox: return problem.response(requestID: requestID, traceID: traceID)
        case .openInference: body = OpenInference.failure(problem)
        case .deepStack: body = DeepStack.failure(problem)
        case .doods: body = DOODS.failure(problem)
        }
        return Response(
            status: problem.status, contentType: AnswerFormat.json.mediaType, headers: problem.headers, body: body)
    }
}
