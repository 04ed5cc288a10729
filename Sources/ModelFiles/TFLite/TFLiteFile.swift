import MultiBox

/// A TensorFlow Lite file (FlatBuffer schema version 3, identifier `TFL3`): its one graph of operators and tensors.
///
/// Tensors are read at once, operators when asked for; constants stay where they are in the file's bytes.
package struct TFLiteFile: Sendable {
    /// What the format is called in errors.
    package static let format = "TensorFlow Lite"
    /// The most tensors a file may have; a detector has a few hundred.
    package static let maximumTensors = 32_768
    /// The most operators a file may have; a detector has about a hundred.
    package static let maximumOperators = 16_384

    private let reader: FlatBufferReader
    private let codes: FlatBufferVector
    private let operators: FlatBufferVector
    private let buffers: FlatBufferVector
    /// The graph's tensors.
    package let tensors: [TFLiteTensor]
    /// Tensors the graph is fed.
    package let inputs: [Int]
    /// Tensors the graph is for.
    package let outputs: [Int]

    /// Whether the bytes of a file say that it is one.
    package static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.dropFirst(4).starts(with: "TFL3".utf8) }

    /// Opens the file's `bytes`.
    package init(bytes: [UInt8]) throws(ModelFileError) {
        reader = FlatBufferReader(bytes: bytes, format: Self.format)
        guard Self.recognizes(bytes) else { throw reader.malformed("its identifier is not TFL3", at: 4) }
        let model = try reader.table(referredFrom: 0, "the model")
        let version = try model.uint32(0)
        guard version == 3 else { throw .unsupportedNetwork(reason: "schema version \(version), not 3") }
        codes = try model.vector(1, elementSize: 4, "the operator codes")
        let subgraphs = try model.vector(2, elementSize: 4, "the subgraphs")
        buffers = try model.vector(4, elementSize: 4, "the buffers")
        guard subgraphs.count == 1 else {
            throw .unsupportedNetwork(reason: "it has \(subgraphs.count) subgraphs, not one")
        }
        let graph = try subgraphs.table(0, "the subgraph")
        let tensorVector = try graph.vector(0, elementSize: 4, "the tensors")
        operators = try graph.vector(3, elementSize: 4, "the operators")
        try Self.check("tensors", tensorVector.count, limit: Self.maximumTensors)
        try Self.check("operators", operators.count, limit: Self.maximumOperators)
        var tensors: [TFLiteTensor] = []
        for index in 0..<tensorVector.count {
            tensors.append(try TFLiteTensor(tensorVector.table(index, "a tensor")))
        }
        self.tensors = tensors
        inputs = try graph.vector(1, elementSize: 4, "the inputs").int32s("inputs", limit: TFLiteOperator.maximumInputs)
        outputs = try graph.vector(2, elementSize: 4, "the outputs")
            .int32s("outputs", limit: TFLiteOperator.maximumInputs)
    }

    private static func check(_ what: String, _ count: Int, limit: Int) throws(ModelFileError) {
        guard count <= limit else { throw .tooMany(what: what, found: count, limit: limit) }
    }

    /// Bytes of the whole file.
    package var size: Int { reader.bytes.count }

    /// The file's bytes.
    package var bytes: [UInt8] { reader.bytes }

    /// The number of operators.
    package var operatorCount: Int { operators.count }

    /// Operator `index`, in the order of execution.
    package func `operator`(_ index: Int) throws(ModelFileError) -> TFLiteOperator {
        try TFLiteOperator(operators.table(index, "an operator"), index: index, codes: codes)
    }

    /// Where a constant's bytes lie in the file, proven to hold exactly its shape's elements; nil for what is no constant.
    ///
    /// - Parameter isSparse: Whether it may hold fewer elements, those that are not 0.
    package func data(of tensor: TFLiteTensor, isSparse: Bool = false) throws(ModelFileError) -> Range<Int>? {
        guard tensor.buffer != 0 else { return nil }
        guard tensor.buffer < buffers.count else {
            throw reader.malformed("tensor \(tensor.name) names buffer \(tensor.buffer) of \(buffers.count)", at: 0)
        }
        let buffer = try buffers.table(tensor.buffer, "a buffer")
        let range = try buffer.vector(0, elementSize: 1, "a constant").range
        guard !range.isEmpty else {
            guard try buffer.uint64(1) <= 1 else {
                throw .unsupportedNetwork(reason: "its constants lie outside the FlatBuffer")
            }
            return nil
        }
        guard let type = tensor.type else {
            throw .unsupportedNetwork(reason: "the element type of the constant \(tensor.name)")
        }
        guard let count = CheckedArithmetic.product([type.size] + tensor.shape) else {
            throw reader.malformed("the shape \(tensor.shape) of \(tensor.name)", at: range.lowerBound)
        }
        if isSparse {
            guard range.count <= count, range.count.isMultiple(of: type.size) else {
                throw reader.malformed(
                    "the sparse constant \(tensor.name) has \(range.count) bytes, more than its shape's \(count)",
                    at: range.lowerBound)
            }
            return range
        }
        guard count == range.count else {
            throw reader.malformed(
                "the constant \(tensor.name) has \(range.count) bytes where its shape needs \(count)",
                at: range.lowerBound)
        }
        return range
    }
}
