/// The text formats that a scrape can be answered in.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text format, version 0.0.4.
    case prometheusText
    /// OpenMetrics text format, version 1.0.0.
    case openMetrics

    /// The format for a request's `Accept` field: OpenMetrics if it is named and not refused with `q=0`.
    public init(accept: String?) {
        let isAsked = (accept ?? "").lowercased().split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard parts.first == "application/openmetrics-text" else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
        self = isAsked ? .openMetrics : .prometheusText
    }

    /// The `Content-Type` of an answer.
    public var contentType: String {
        switch self {
        case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}
