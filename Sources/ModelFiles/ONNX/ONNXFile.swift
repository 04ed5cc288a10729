import Foundation
import Platform
import SwiftProtobuf

/// A file of the Open Neural Network Exchange, read but not understood: its graph, as protocol buffers have it.
///
/// What a file of n bytes may become is bounded before it is decoded: a message of two bytes would be hundreds in memory.
package struct ONNXFile: Sendable {
    /// What errors call the format.
    static let format = "ONNX"
    /// The versions of the operator set that are read.
    static let operatorSets = 9...20
    /// The deepest that messages nest.
    private static let maximumDepth = 24

    /// The graph.
    let graph: ONNXGraphProto
    /// What the file says of itself, by name.
    let metadata: [String: String]
    /// Who wrote it.
    let producer: String
    /// The version of the operator set.
    let operatorSet: Int
    /// The size of the file, in bytes.
    let size: Int

    /// The names of the graph's nodes, in order.
    package var nodeNames: [String] { graph.node.map(\.name) }

    /// Whether bytes begin as a file does that a program wrote: the version of the format, then who wrote it, the operator
    /// sets or the graph. The format has no mark of its own.
    static func recognizes(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 4, bytes[0] == 0x08, (1...20).contains(bytes[1]) else { return false }
        return [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42].contains(bytes[2])
    }

    /// Decodes a file.
    package init(bytes: [UInt8]) throws(ModelFileError) {
        try ONNXBounds.check(bytes, maximumDepth: Self.maximumDepth)
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = Self.maximumDepth
        options.discardUnknownFields = true
        let model: ONNXModelProto
        do { model = try ONNXModelProto(serializedBytes: bytes, options: options) } catch {
            throw .malformed(format: Self.format, reason: "it is not a protocol buffer", offset: 0)
        }
        guard model.hasGraph, !model.graph.node.isEmpty else {
            throw .malformed(format: Self.format, reason: "it has no graph", offset: 0)
        }
        let version = model.opsetImport.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version ?? 0
        guard let operatorSet = Int(exactly: version), Self.operatorSets.contains(operatorSet) else {
            throw .unsupportedNetwork(
                reason: "its operator set is \(version), not \(Self.operatorSets.lowerBound) to "
                    + "\(Self.operatorSets.upperBound)")
        }
        if let tensor = model.graph.initializer.first(where: { $0.dataLocation != 0 || !$0.externalData.isEmpty }) {
            throw .unsupportedNetwork(reason: "the values of \(tensor.name) are in another file, which is not read")
        }
        graph = model.graph
        metadata = Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { first, _ in first }
        producer = model.producerName
        self.operatorSet = operatorSet
        size = bytes.count
    }
}
