/// A named array of numbers that a layer of floats computes with.
public struct Parameter: Sendable, Hashable {
    /// Whose it is, what it is for and its shape.
    public let description: ParameterDescription
    /// The numbers, as many as the shape says, the last extent varying fastest.
    public var values: [Float]

    /// A parameter whose number of values is proven, or about to be.
    package init(_ description: ParameterDescription, values: [Float]) {
        self.description = description
        self.values = values
    }

    /// Its layer's name and what it is for: `conv1.weight`.
    public var name: String { description.name }
    /// What it is for.
    public var role: ParameterRole { description.role }
    /// Its extents, outermost first.
    public var shape: [Int] { description.shape }
}
