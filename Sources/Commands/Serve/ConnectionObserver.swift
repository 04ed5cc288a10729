import HTTP
import Metrics
import Serving
import Transport

/// Counts what ends a connection or a request before it was answered, and tells the operator.
final class ConnectionObserver: ServerObserver {
    private let service: DetectionService
    private let log: ServerLog
    private let refused: MetricFamily<Counter>
    private let failedHandshakes: Counter
    private let failedAccepts: Counter
    private let aborted: Counter
    private let refusals: OccurrenceLog
    private let handshakes: OccurrenceLog
    private let accepts: OccurrenceLog

    init(_ service: DetectionService, _ log: ServerLog) {
        self.service = service
        self.log = log
        let registry = service.metricsRegistry
        refused = registry.counters(
            "multibox_connections_refused_total", help: "Connections turned away, by reason.",
            labels: LabelSet(.init("reason", RefusalReason.allCases.map(\.rawValue))))
        failedHandshakes = registry.counter(
            "multibox_tls_handshake_failures_total", help: "Connections whose TLS handshake failed or took too long.")
        failedAccepts = registry.counter(
            "multibox_accept_failures_total",
            help: "Connections that could not be accepted, such as for want of descriptors.")
        aborted = registry.counter(
            "multibox_uploads_aborted_total", help: "Requests whose client left while they arrived.")
        refusals = OccurrenceLog(log, "connections are refused", level: .warning)
        handshakes = OccurrenceLog(log, "TLS handshakes fail", level: .warning)
        accepts = OccurrenceLog(log, "a connection cannot be accepted", level: .error)
    }

    /// Writes what waits to be told of.
    func flush() {
        for occurrences in [refusals, handshakes, accepts] { occurrences.flush() }
    }

    func connectionRefused(_ reason: RefusalReason, from address: String?) {
        refused[reason.rawValue].increment()
        refusals.note(reason.rawValue, from: address)
    }

    func acceptFailed(_ error: TransportError) {
        failedAccepts.increment()
        accepts.note("\(error)")
    }

    func handshakeFailed(_ error: TransportError, from address: String?) {
        failedHandshakes.increment()
        let reason =
            switch error {
            case .tls(let reason): reason
            case .truncated: "the client closed the connection"
            default: "\(error)"
            }
        handshakes.note(reason, from: address)
    }

    func requestAborted(_ request: RequestOutline, _ cause: AbortCause) {
        aborted.increment()
        var details: [ServerLog.Detail] = []
        if let method = request.method { details.append(("method", method.isKnown ? method.name : "other")) }
        details.append(("route", DetectionService.routeLabel(of: request)))
        details.append(("bytes_in", "\(request.contentBytes)"))
        if log.showsAddresses, let address = service.clientAddress(of: request) { details.append(("remote", address)) }
        switch cause {
        case .closed: details.append(("reason", "the client closed the connection"))
        case .reset: details.append(("reason", "the connection was reset"))
        }
        log.event("an upload was aborted", details, level: .info)
    }
}
