/// The decoded values of a pattern's `{name}` segments.
public struct PathParameters: Sendable, Equatable {
    private let values: [(name: String, value: String)]

    init(_ values: [(name: String, value: String)]) { self.values = values }

    /// The value of a parameter; `nil` where the pattern has none of that name.
    public subscript(name: String) -> String? { values.first { $0.name == name }?.value }

    /// Whether both hold the same names and values in the same order.
    public static func == (a: PathParameters, b: PathParameters) -> Bool {
        a.values.elementsEqual(b.values) { $0 == $1 }
    }
}
