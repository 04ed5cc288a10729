/// The series of one name: one metric for each combination of label values.
public struct MetricFamily<Metric: Sendable>: Sendable {
    /// The labels, with all their values.
    public let labels: LabelSet
    /// The metrics, in the order of the label set's rows.
    public let series: [Metric]

    /// Metrics that are not registered.
    public init(labels: LabelSet, make: () -> Metric) {
        self.labels = labels
        series = labels.rows.map { _ in make() }
    }

    /// The metric of these label values, in the order of the labels' names; an undeclared value goes to its declared
    /// stand-in, and is a programming error without one.
    ///
    /// A dictionary look-up: keep the metric where it is used often.
    public subscript(_ values: String...) -> Metric { series[labels.index(of: values)] }
}
