/// The closed set of series of a family: the names of its labels and every combination of values that can occur.
///
/// Values come from our own tables, never from what a client sent: a value that was not declared is counted under the
/// declared stand-in, so that the number of series cannot grow.
public struct LabelSet: Sendable {
    /// One label and its values.
    public struct Label: Sendable {
        let name: String
        let values: [String]
        let otherwise: String?

        /// A label with these values; `otherwise` stands in for a value that is not among them, and is one of the
        /// series.
        public init(_ name: String, _ values: [String], otherwise: String? = nil) {
            precondition(MetricName.isLabel(name), "\(name) is not a label name")
            precondition(!values.isEmpty || otherwise != nil, "label \(name) has no value")
            self.name = name
            self.otherwise = otherwise
            self.values =
                if let otherwise, !values.contains(otherwise) { values + [otherwise] } else { values }
            precondition(Set(self.values).count == self.values.count, "label \(name) has a value twice")
        }
    }

    /// The labels' names.
    public let names: [String]
    /// The series: a value for each name.
    public let rows: [[String]]
    private let index: [[String]: Int]
    private let labels: [Label]
    private let fallback: Int?

    /// No label: one series.
    public static let none = LabelSet()

    /// Every combination of the labels' values, the last label varying fastest.
    public init(_ labels: Label...) {
        var rows: [[String]] = [[]]
        for label in labels { rows = rows.flatMap { row in label.values.map { row + [$0] } } }
        self.init(names: labels.map(\.name), rows: rows, labels: labels, fallback: nil)
    }

    /// Exactly these combinations. `otherwise` stands in for one that is not among them, and is one of the series.
    public init(names: [String], rows: [[String]], otherwise: [String]) {
        for name in names { precondition(MetricName.isLabel(name), "\(name) is not a label name") }
        let rows = rows.contains(otherwise) ? rows : rows + [otherwise]
        self.init(names: names, rows: rows, labels: [], fallback: rows.firstIndex(of: otherwise))
    }

    private init(names: [String], rows: [[String]], labels: [Label], fallback: Int?) {
        precondition(Set(names).count == names.count, "a label name occurs twice in \(names)")
        precondition(rows.allSatisfy { $0.count == names.count }, "a series needs a value for each of \(names)")
        self.names = names
        self.rows = rows
        self.labels = labels
        self.fallback = fallback
        index = Dictionary(zip(rows, rows.indices), uniquingKeysWith: { _, _ in preconditionFailure("series twice") })
    }

    /// The index in `rows` of `values`, or of the declared stand-in. A value without stand-in is a programming error.
    func index(of values: [String]) -> Int {
        if let found = index[values] { return found }
        if let fallback { return fallback }
        precondition(values.count == names.count, "\(values.count) values for the labels \(names)")
        let known = zip(values, labels).map { value, label in
            label.values.contains(value) ? value : label.otherwise ?? value
        }
        guard let found = index[known] else { preconditionFailure("\(values) is not a series of \(names)") }
        return found
    }
}
