import HTTP
import Metrics
import Synchronization
import Transport

/// Counts what ends a connection before a request was answered on it, and says so where the operator can help.
final class ConnectionObserver: ServerObserver {
    /// The least time between two log lines: connections that cannot be accepted are tried again ten times a second.
    private static let logPause = Duration.seconds(10)

    private let refused: MetricFamily<Counter>
    private let aborted: Counter
    private let failedHandshakes: Counter
    private let failedAccepts: Counter
    private let log: ServerLog
    private let lastLine = Mutex<ContinuousClock.Instant?>(nil)

    init(_ registry: MetricsRegistry, _ log: ServerLog) {
        self.log = log
        refused = registry.counters(
            "multibox_connections_refused_total", help: "Connections turned away, by reason.",
            labels: LabelSet(.init("reason", RefusalReason.allCases.map(\.rawValue))))
        aborted = registry.counter(
            "multibox_uploads_aborted_total", help: "Requests whose client left while they arrived.")
        failedHandshakes = registry.counter(
            "multibox_tls_handshake_failures_total", help: "Connections whose TLS handshake failed or took too long.")
        failedAccepts = registry.counter(
            "multibox_accept_failures_total",
            help: "Connections that could not be accepted, such as for want of descriptors.")
    }

    func connectionRefused(_ reason: RefusalReason, from address: String?) { refused[reason.rawValue].increment() }
    func handshakeFailed(_ error: TransportError, from address: String?) { failedHandshakes.increment() }
    func requestAborted(_ request: RequestOutline, _ cause: AbortCause) { aborted.increment() }

    func acceptFailed(_ error: TransportError) {
        failedAccepts.increment()
        let now = ContinuousClock.now
        let isTold = lastLine.withLock { last in
            if let last, last.duration(to: now) < Self.logPause { return true }
            last = now
            return false
        }
        if !isTold { log.event("a connection cannot be accepted", ["reason": "\(error)"], isError: true) }
    }
}
