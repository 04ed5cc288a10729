/// A tensor of a TensorFlow Lite file: its shape with the batch axis, its type and where its quantization stands.
package struct TFLiteTensor: Sendable {
    /// The most extents a shape may have.
    package static let maximumRank = 8
    /// The longest name kept, in bytes; converters join the names of all layers they fuse.
    package static let maximumNameLength = 128

    /// The extents as stored; the batch comes first. Converters leave wrong ones behind shapes computed at run time.
    package let shape: [Int]
    /// What the elements are; nil for a type that is not read here.
    package let type: TFLiteElementType?
    /// The index of the buffer of a constant; 0 stands for none.
    package let buffer: Int
    /// The name: the first, where a converter joined several with semicolons.
    package let name: String
    private let quantization: FlatBufferTable?
    /// How the elements of a sparse constant lie; nil of others.
    let sparsity: FlatBufferTable?

    /// Reads the tensor of a table of the file.
    package init(_ table: FlatBufferTable) throws(ModelFileError) {
        shape = try table.vector(0, elementSize: 4, "a tensor's shape")
            .int32s("extents of a tensor", limit: Self.maximumRank)
        type = TFLiteElementType(rawValue: try table.int8(1))
        buffer = try table.uint32(2)
        let joined = try table.string(3, limit: Self.maximumNameLength, "a tensor's name")
        name = String(joined.prefix { $0 != ";" })
        quantization = try table.table(4, "a tensor's quantization")
        sparsity = try table.table(6, "a tensor's sparsity")
    }

    /// The axis that several scales belong to, as stored.
    package func quantizedAxis() throws(ModelFileError) -> Int { try quantization?.int32(6) ?? 0 }

    /// The scales with their zero points: one pair for the whole tensor, or one for each of `channels` channels; none if
    /// the tensor is not quantized.
    package func quantizationParameters(
        channels: Int
    ) throws(ModelFileError) -> (scales: [Float], zeroPoints: [Int]) {
        guard let quantization else { return ([], []) }
        let scaleVector = try quantization.vector(2, elementSize: 4, "the scales of a tensor")
        let zeroVector = try quantization.vector(3, elementSize: 8, "the zero points of a tensor")
        let count = scaleVector.count
        guard count <= 1 || count == channels, zeroVector.count == count || zeroVector.count == 0 else {
            throw .unsupportedNetwork(
                reason:
                    "tensor \(name) has \(count) scales and \(zeroVector.count) zero points for \(channels) channels")
        }
        var scales: [Float] = []
        var zeroPoints: [Int] = []
        for index in 0..<count {
            scales.append(try scaleVector.float(index))
            zeroPoints.append(zeroVector.count == 0 ? 0 : Int(try zeroVector.int64(index)))
        }
        return (scales, zeroPoints)
    }
}
