import Detectors

/// What is logged of a request when it has been answered, or when its client has gone.
public struct AccessRecord: Sendable, Hashable {
    /// The request's identifier, as in `X-Request-Id`.
    public var requestID: String
    /// The trace of a valid `traceparent`, or one that began with the request, 32 hexadecimal digits.
    public var traceID: String
    /// The span of this service in that trace, 16 hexadecimal digits.
    public var spanID: String
    /// The client's span; nil where the trace began here.
    public var parentSpanID: String?
    /// The method, `other` for one that HTTP does not have; nil where the request was refused before it was understood.
    public var method: String?
    /// The path of the route, `other` where none took the request.
    public var route: String
    /// The status of the answer; 499 where the client had gone before there was one.
    public var status: Int
    /// Bytes of the request's content.
    public var bytesIn: Int
    /// Bytes of the answer's content.
    public var bytesOut: Int
    /// From the arrival of the request to its answer.
    public var duration: Duration
    /// The name of the model that was asked, where there are several; nil for requests that asked none.
    public var model: String?
    /// Where a detection spent its time; nil for other requests.
    public var stages: StageTimes?
    /// Images of the request, 0 for other requests.
    public var images: Int
    /// The client's address, as the transport or a trusted proxy gave it.
    public var remoteAddress: String?
    /// The name of the API key that let the request in, where it has one.
    public var key: String?
    /// What is the matter with the request, by the last part of the problem's type; nil where nothing is.
    public var problem: String?
    /// The sentence that the client was told of it. It may repeat text of the client.
    public var reason: String?
    /// Whether it is one of the requests of supervisors and Prometheus, which come every few seconds.
    public var isProbe: Bool
}
