import Metrics
import Transport

/// Counts what ends a connection before a request was answered on it.
struct ConnectionObserver: ServerObserver {
    private let refused: Counter
    private let failedHandshakes: Counter
    private let failedAccepts: Counter

    init(_ registry: MetricsRegistry) {
        refused = registry.counter(
            "multibox_connections_refused_total", help: "Connections turned away since there were too many.")
        failedHandshakes = registry.counter(
            "multibox_tls_handshake_failures_total", help: "Connections whose TLS handshake failed or took too long.")
        failedAccepts = registry.counter(
            "multibox_accept_failures_total",
            help: "Connections that could not be accepted, such as for want of descriptors.")
    }

    func connectionRefused(limit: Int) { refused.increment() }
    func handshakeFailed(_ error: TransportError) { failedHandshakes.increment() }
    func acceptFailed(_ error: TransportError) { failedAccepts.increment() }
}
