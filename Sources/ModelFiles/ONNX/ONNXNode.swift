import Foundation

/// A node of a graph: an operator with what it reads, what it makes and its attributes.
struct ONNXNode: Sendable {
    /// The most inputs or outputs of a node.
    static let maximumInputs = 1024

    /// Its place in the file.
    let index: Int
    private let proto: ONNXNodeProto
    private let attributes: [String: ONNXAttributeProto]

    init(_ proto: ONNXNodeProto, index: Int) {
        self.proto = proto
        self.index = index
        attributes = Dictionary(proto.attribute.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The operator.
    var kind: String { proto.opType }
    /// The names of what it reads; an empty one for what is left out.
    var inputs: [String] { proto.input }
    /// The names of what it makes.
    var outputs: [String] { proto.output }
    /// Whether the operator is one of the standard.
    var isStandard: Bool { proto.domain.isEmpty || proto.domain == "ai.onnx" }

    /// What its layers are called: its own name or else that of what it makes.
    var name: String {
        if !proto.name.isEmpty { return proto.name }
        return proto.output.first.flatMap { $0.isEmpty ? nil : $0 } ?? "\(kind) \(index)"
    }

    /// Whether it has an optional input.
    func has(_ input: Int) -> Bool { inputs.indices.contains(input) && !inputs[input].isEmpty }

    /// An attribute that is a whole number.
    func integer(_ name: String, default fallback: Int) -> Int {
        attributes[name].map { Int(clamping: $0.i) } ?? fallback
    }

    /// An attribute that is a number.
    func float(_ name: String, default fallback: Float) -> Float { attributes[name]?.f ?? fallback }

    /// An attribute that is a list of whole numbers; nil where there is none.
    func integers(_ name: String) -> [Int]? { attributes[name].map { $0.ints.map { Int(clamping: $0) } } }

    /// An attribute that is a word.
    func word(_ name: String) -> String? { attributes[name].map { String(decoding: $0.s, as: UTF8.self) } }

    /// An attribute that is a tensor, as it is in the file.
    func proto(_ name: String) -> ONNXTensorProto? { attributes[name].flatMap { $0.hasT ? $0.t : nil } }

    /// An attribute that is a tensor.
    func tensor(_ name: String) throws(ModelFileError) -> ONNXTensor? {
        guard let attribute = attributes[name], attribute.hasT else { return nil }
        return try ONNXTensor(attribute.t)
    }

    /// An attribute that is a list of numbers.
    func floats(_ name: String) -> [Float]? { attributes[name]?.floats }

    /// The graphs that it runs under some condition.
    var graphs: [ONNXGraphProto] { proto.attribute.filter(\.hasG).map(\.g) }

    /// Whether there is an attribute.
    func hasAttribute(_ name: String) -> Bool { attributes[name] != nil }

    /// The error of a use that has no counterpart here.
    func unsupported(_ reason: String) -> ModelFileError {
        .unsupportedUse(operator: "\(kind) (node \(name))", index: index, reason: reason)
    }

    /// The error of an operator that has no counterpart here.
    var isUnsupported: ModelFileError { .unsupportedOperator(name: "\(kind) (node \(name))", index: index) }
}
