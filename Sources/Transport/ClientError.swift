import HTTP

/// Why a request to a server had no answer.
public enum ClientError: Error, Equatable, Sendable {
    /// Nobody took the connection; `reason` is the system's.
    case notConnected(Endpoint, reason: String)
    /// The name of the host is not known; `reason` is the resolver's.
    case hostNotFound(host: String, reason: String)
    /// The connection ended before any of the answer came: one that was kept may have been closed meanwhile.
    case closed(Endpoint)
    /// The connection failed within the answer.
    case broken(Endpoint, reason: String)
    /// The answer was not whole in time.
    case timeout(Endpoint, Duration)
    /// What came is no answer.
    case response(Endpoint, ResponseError)
}

extension ClientError: CustomStringConvertible {
    /// One sentence for a person, without a full stop.
    public var description: String {
        switch self {
        case .notConnected(let endpoint, let reason): "cannot connect to \(endpoint): \(reason)"
        case .hostNotFound(let host, let reason): "cannot resolve \(host): \(reason)"
        case .closed(let endpoint): "\(endpoint) closed the connection without an answer"
        case .broken(let endpoint, let reason): "the connection to \(endpoint) broke off: \(reason)"
        case .timeout(let endpoint, let limit): "\(endpoint) did not answer within \(limit.components.seconds) s"
        case .response(let endpoint, let error): "the answer of \(endpoint) cannot be read: \(error)"
        }
    }
}
