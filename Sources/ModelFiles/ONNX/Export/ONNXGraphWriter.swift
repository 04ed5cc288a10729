import Foundation

/// Writes the graph of an ONNX file: nodes in the order in which they run, constants, inputs and outputs, each value under a
/// name of its own.
struct ONNXGraphWriter {
    /// An attribute of a node.
    enum Attribute {
        case integer(Int)
        case float(Float)
        case integers([Int])
        case word(String)
    }

    /// Types of elements (TensorProto.DataType).
    enum Element: Int32 {
        case float = 1
        case uint8 = 2
        case int8 = 3
        case int32 = 6
        case int64 = 7
    }

    /// An extent of a shape that is told.
    enum Extent {
        case fixed(Int)
        /// One that is known only when the graph has run.
        case named(String)
    }

    private(set) var graph = ONNXGraphProto()
    private var names: Set<String> = []
    /// Those of nodes, which ONNX Runtime wants to be different too.
    private var nodeNames: Set<String> = []
    /// Single numbers that are written already.
    private var numbers: [Float: String] = [:]

    init(name: String) { graph.name = name }

    /// A name that nothing has yet: `base`, or with a number behind it.
    mutating func unique(_ base: String) -> String { Self.unique(base, among: &names) }

    private static func unique(_ base: String, among names: inout Set<String>) -> String {
        let base = base.isEmpty ? "value" : base
        var (name, number) = (base, 2)
        while !names.insert(name).inserted {
            name = "\(base)#\(number)"
            number += 1
        }
        return name
    }

    // MARK: Nodes

    /// Adds a node that makes one value; returns its name.
    ///
    /// - Parameter output: the value's name, which `unique` has given.
    @discardableResult
    mutating func node(
        _ kind: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], output: String
    ) -> String {
        node(kind, inputs, attributes, outputs: [output])
        return output
    }

    /// Adds a node that makes values of these names.
    mutating func node(
        _ kind: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], outputs: [String]
    ) {
        var node = ONNXNodeProto()
        node.opType = kind
        node.input = inputs
        node.output = outputs
        node.name = Self.unique(outputs[0], among: &nodeNames)
        node.attribute = attributes.map(Self.attribute)
        graph.node.append(node)
    }

    /// Gives the node that was added last another name than that of what it makes; a number follows it where a node before has it.
    mutating func nameLastNode(_ name: String) {
        precondition(!graph.node.isEmpty, "a node was added")
        let last = graph.node.count - 1
        nodeNames.remove(graph.node[last].name)
        graph.node[last].name = Self.unique(name, among: &nodeNames)
    }

    private static func attribute(_ name: String, _ value: Attribute) -> ONNXAttributeProto {
        // AttributeProto.AttributeType
        var attribute = ONNXAttributeProto()
        attribute.name = name
        switch value {
        case .float(let number): (attribute.f, attribute.type) = (number, 1)
        case .integer(let number): (attribute.i, attribute.type) = (Int64(number), 2)
        case .word(let text): (attribute.s, attribute.type) = (Data(text.utf8), 3)
        case .integers(let numbers): (attribute.ints, attribute.type) = (numbers.map(Int64.init), 7)
        }
        return attribute
    }

    // MARK: Constants

    /// Adds a constant of floats under a name like `base`; returns the name.
    mutating func constant(_ base: String, _ shape: [Int], _ values: [Float]) -> String {
        constant(base, shape, .float, Self.raw(values.map(\.bitPattern)))
    }

    /// Adds a constant of 64-bit integers.
    mutating func constant(_ base: String, _ shape: [Int], whole values: [Int]) -> String {
        constant(base, shape, .int64, Self.raw(values.map(Int64.init)))
    }

    /// Adds a list of 64-bit integers.
    mutating func list(_ base: String, _ values: [Int]) -> String { constant(base, [values.count], whole: values) }

    /// Adds a constant of bytes or 32-bit integers.
    mutating func constant<Value: FixedWidthInteger>(
        _ base: String, _ shape: [Int], _ element: Element, integers values: [Value]
    ) -> String {
        constant(base, shape, element, Self.raw(values))
    }

    /// A single float, written once.
    mutating func number(_ value: Float) -> String {
        if let name = numbers[value] { return name }
        let name = constant("number \(value)", [], [value])
        numbers[value] = name
        return name
    }

    private mutating func constant(_ base: String, _ shape: [Int], _ element: Element, _ raw: Data) -> String {
        var tensor = ONNXTensorProto()
        tensor.name = unique(base)
        tensor.dims = shape.map(Int64.init)
        tensor.dataType = element.rawValue
        tensor.rawData = raw
        graph.initializer.append(tensor)
        return tensor.name
    }

    private static func raw<Value: FixedWidthInteger>(_ values: [Value]) -> Data {
        values.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }

    // MARK: Inputs and outputs

    /// Tells of an input.
    mutating func input(_ name: String, _ element: Element, _ shape: [Extent]) {
        graph.input.append(Self.value(name, element, shape))
    }

    /// Tells of an output, which a node makes.
    mutating func output(_ name: String, _ element: Element, _ shape: [Extent]) {
        graph.output.append(Self.value(name, element, shape))
    }

    private static func value(_ name: String, _ element: Element, _ shape: [Extent]) -> ONNXValueInfoProto {
        var info = ONNXValueInfoProto()
        info.name = name
        info.type.tensorType.elemType = element.rawValue
        info.type.tensorType.shape.dim = shape.map { extent in
            var dimension = ONNXTensorShapeProto.Dimension()
            switch extent {
            case .fixed(let count): dimension.dimValue = Int64(count)
            case .named(let name): dimension.dimParam = name
            }
            return dimension
        }
        return info
    }
}
