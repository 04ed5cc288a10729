/// One layer of a network: an operation, what it reads and what it makes.
public struct Layer: Sendable {
    /// The layer's name in its model file, for tables and errors.
    public let name: String
    /// What it does.
    public let operation: Operation
    /// Tensors it reads, in the operation's order.
    public let inputs: [TensorID]
    /// The tensor it makes; each tensor has one maker.
    public let output: TensorID

    package init(name: String, operation: Operation, inputs: [TensorID], output: TensorID) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
        self.output = output
    }
}
