/// What a family holds, in the formats' words.
enum MetricType: String, Sendable {
    case counter
    case gauge
    case histogram
    /// Known to OpenMetrics only; a gauge of 1 in the Prometheus text format.
    case info
}
