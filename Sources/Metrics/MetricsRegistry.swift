import Synchronization

/// Every metric of the process, registered once with its labels' values, so that all series exist at 0 from the start.
///
/// Registering a name twice, a malformed name, or a counter that does not end with `_total` is a programming error.
/// The exposition is sorted by name; the series of a family come in the order of its label set.
public final class MetricsRegistry: Sendable {
    private struct Family: Sendable {
        let type: MetricType
        let help: String
        let write: @Sendable (_ name: String, _ writer: inout ExpositionWriter) -> Void
    }

    private let families = Mutex<[String: Family]>([:])

    /// An empty registry.
    public init() {}

    // MARK: Registration

    /// Registers counters; `name` ends with `_total`.
    public func counters(_ name: String, help: String, labels: LabelSet) -> MetricFamily<Counter> {
        let family = MetricFamily(labels: labels) { Counter() }
        register(name, .counter, help: help) { name, writer in
            for (row, counter) in zip(labels.rows, family.series) {
                writer.sample(name, names: labels.names, values: row, String(counter.value))
            }
        }
        return family
    }

    /// Registers a counter without labels; `name` ends with `_total`.
    public func counter(_ name: String, help: String) -> Counter {
        counters(name, help: help, labels: .none)[]
    }

    /// Registers a counter whose value is asked for at every scrape; `name` ends with `_total`.
    public func counter(_ name: String, help: String, value: @escaping @Sendable () -> Double) {
        register(name, .counter, help: help) { name, writer in
            writer.sample(name, names: [], values: [], ExpositionWriter.number(value()))
        }
    }

    /// Registers counters whose series are asked for at every scrape, each with a value for every name of a label; `name`
    /// ends with `_total`. For names that change while the process lives; their number is the caller's to bound.
    public func counters(
        _ name: String, help: String, labels names: [String],
        rows: @escaping @Sendable () -> [(values: [String], value: Double)]
    ) {
        for name in names { precondition(MetricName.isLabel(name), "\(name) is not a label name") }
        register(name, .counter, help: help) { name, writer in
            for (values, value) in rows() {
                precondition(values.count == names.count, "\(name) has the labels \(names)")
                writer.sample(name, names: names, values: values, ExpositionWriter.number(value))
            }
        }
    }

    /// Registers gauges.
    public func gauges(_ name: String, help: String, labels: LabelSet) -> MetricFamily<Gauge> {
        let family = MetricFamily(labels: labels) { Gauge() }
        register(name, .gauge, help: help) { name, writer in
            for (row, gauge) in zip(labels.rows, family.series) {
                writer.sample(name, names: labels.names, values: row, ExpositionWriter.number(gauge.value))
            }
        }
        return family
    }

    /// Registers gauges whose series are asked for at every scrape, each with a value for every name of a label: for names that
    /// change while the process lives; their number is the caller's to bound.
    public func gauges(
        _ name: String, help: String, labels names: [String],
        rows: @escaping @Sendable () -> [(values: [String], value: Double)]
    ) {
        for name in names { precondition(MetricName.isLabel(name), "\(name) is not a label name") }
        register(name, .gauge, help: help) { name, writer in
            for (values, value) in rows() {
                precondition(values.count == names.count, "\(name) has the labels \(names)")
                writer.sample(name, names: names, values: values, ExpositionWriter.number(value))
            }
        }
    }

    /// Registers a gauge without labels.
    public func gauge(_ name: String, help: String) -> Gauge {
        gauges(name, help: help, labels: .none)[]
    }

    /// Registers a gauge whose value is asked for at every scrape.
    public func gauge(_ name: String, help: String, value: @escaping @Sendable () -> Double) {
        register(name, .gauge, help: help) { name, writer in
            writer.sample(name, names: [], values: [], ExpositionWriter.number(value()))
        }
    }

    /// Registers histograms.
    public func histograms(
        _ name: String, help: String, labels: LabelSet, buckets: HistogramBuckets = .seconds
    ) -> MetricFamily<Histogram> {
        precondition(!labels.names.contains("le"), "the label le is the histogram's own")
        let family = MetricFamily(labels: labels) { Histogram(buckets: buckets) }
        register(name, .histogram, help: help) { name, writer in
            for (row, histogram) in zip(labels.rows, family.series) {
                Self.write(name, histogram, names: labels.names, values: row, to: &writer)
            }
        }
        return family
    }

    /// Registers histograms whose series are asked for at every scrape, each with a value for every name of a label: for names
    /// that change while the process lives; their number is the caller's to bound.
    public func histograms(
        _ name: String, help: String, labels names: [String],
        rows: @escaping @Sendable () -> [(values: [String], histogram: Histogram)]
    ) {
        for name in names { precondition(MetricName.isLabel(name), "\(name) is not a label name") }
        precondition(!names.contains("le"), "the label le is the histogram's own")
        register(name, .histogram, help: help) { name, writer in
            for (values, histogram) in rows() {
                precondition(values.count == names.count, "\(name) has the labels \(names)")
                Self.write(name, histogram, names: names, values: values, to: &writer)
            }
        }
    }

    private static func write(
        _ name: String, _ histogram: Histogram, names: [String], values: [String], to writer: inout ExpositionWriter
    ) {
        let bounds = histogram.buckets.bounds.map(writer.bound) + ["+Inf"]
        let snapshot = histogram.snapshot
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, snapshot.counts) {
            total += count
            writer.sample(name, "_bucket", names: names, values: values, extra: ("le", bound), String(total))
        }
        writer.sample(name, "_sum", names: names, values: values, ExpositionWriter.number(snapshot.sum))
        writer.sample(name, "_count", names: names, values: values, String(total))
    }

    /// Registers a histogram without labels.
    public func histogram(_ name: String, help: String, buckets: HistogramBuckets = .seconds) -> Histogram {
        histograms(name, help: help, labels: .none, buckets: buckets)[]
    }

    /// Registers facts as labels of a constant 1; `name` ends with `_info`. `rows`, asked at every scrape, gives each
    /// series a value for every name.
    public func info(
        _ name: String, help: String, labels names: [String], rows: @escaping @Sendable () -> [[String]]
    ) {
        for name in names { precondition(MetricName.isLabel(name), "\(name) is not a label name") }
        register(name, .info, help: help) { name, writer in
            for row in rows() {
                precondition(row.count == names.count, "\(name) has the labels \(names)")
                writer.sample(name, names: names, values: row, "1")
            }
        }
    }

    private func register(
        _ name: String, _ type: MetricType, help: String,
        write: @escaping @Sendable (String, inout ExpositionWriter) -> Void
    ) {
        precondition(MetricName.isMetric(name), "\(name) is not a metric name")
        precondition(
            (type == .counter) == name.hasSuffix("_total"), "counters, and only they, end with _total: \(name)")
        precondition((type == .info) == name.hasSuffix("_info"), "infos, and only they, end with _info: \(name)")
        let isNew = families.withLock { families in
            families.updateValue(Family(type: type, help: help, write: write), forKey: name) == nil
        }
        precondition(isNew, "\(name) is registered already")
    }

    // MARK: Exposition

    /// The text of a scrape. Values asked for at a scrape are asked on the calling thread, without a lock.
    public func exposition(_ format: ExpositionFormat = .prometheusText) -> String {
        var writer = ExpositionWriter(format: format)
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            writer.family(name, type: family.type, help: family.help)
            family.write(name, &writer)
        }
        writer.end()
        return writer.text
    }
}
