/// How long requests took: the mean and percentiles, in milliseconds.
struct LatencySummary {
    /// The figures by the names that they have in JSON, with what they are called in text.
    let figures: [(key: String, title: String, milliseconds: Double)]

    /// The summary of at least one request.
    init(_ durations: [Duration]) {
        let sorted = durations.map(\.milliseconds).sorted()
        // The nearest rank: the least of the values that at least so many of a hundred do not exceed.
        func percentile(_ part: Int) -> Double {
            sorted.isEmpty ? 0 : sorted[max(0, (sorted.count * part + 99) / 100 - 1)]
        }
        figures = [
            ("mean", "mean", sorted.reduce(0, +) / Double(max(1, sorted.count))), ("p50", "median", percentile(50)),
            ("p90", "90 %", percentile(90)), ("p95", "95 %", percentile(95)), ("p99", "99 %", percentile(99)),
            ("max", "longest", sorted.last ?? 0),
        ]
    }
}
