import Foundation

/// Writes files of the Open Neural Network Exchange, field by field, apart from the code that reads them.
package struct ONNXWriter {
    /// An attribute of a node.
    package enum Attribute {
        case integer(Int)
        case float(Float)
        case integers([Int])
        case word(String)
        case tensor(shape: [Int], [Float])
        case whole(shape: [Int], [Int])
    }

    private var nodes: [UInt8] = []
    private var initializers: [UInt8] = []
    private var inputs: [UInt8] = []
    private var count = 0

    package init() {}

    /// Adds the photo, or another input; `batch` is the name of the first extent, which then has no number.
    package mutating func input(_ name: String, _ shape: [Int], batch: String? = nil) {
        var dimensions: [UInt8] = []
        for (axis, extent) in shape.enumerated() {
            let isNamed = axis == 0 && batch != nil
            dimensions += Self.message(1, isNamed ? Self.text(2, batch ?? "") : Self.integer(1, extent))
        }
        let type = Self.message(1, Self.integer(1, 1) + Self.message(2, dimensions))
        inputs += Self.message(11, Self.text(1, name) + Self.message(2, type))
    }

    /// Adds a constant of floats; returns its name.
    @discardableResult
    package mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
        initializers += Self.message(5, Self.tensor(name, shape, values))
        return name
    }

    /// Adds a constant of whole numbers; returns its name.
    @discardableResult
    package mutating func constant(_ name: String, _ shape: [Int], whole values: [Int]) -> String {
        initializers += Self.message(5, Self.tensor(name, shape, whole: values))
        return name
    }

    /// Adds a node; returns the name of what it makes.
    @discardableResult
    package mutating func node(
        _ kind: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], output: String? = nil,
        domain: String = ""
    ) -> String {
        node(kind, inputs, attributes, outputs: [output ?? "\(kind)\(count + 1)"], domain: domain)[0]
    }

    /// Adds a node that makes several values; returns their names.
    @discardableResult
    package mutating func node(
        _ kind: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], outputs: [String],
        domain: String = ""
    ) -> [String] {
        count += 1
        var bytes: [UInt8] = []
        for input in inputs { bytes += Self.text(1, input) }
        for output in outputs { bytes += Self.text(2, output) }
        bytes += Self.text(3, "node \(count)") + Self.text(4, kind)
        for (name, value) in attributes {
            var attribute = Self.text(1, name)
            switch value {
            case .integer(let number): attribute += Self.integer(3, number)
            case .float(let number): attribute += Self.float(2, number)
            case .integers(let numbers): for number in numbers { attribute += Self.integer(8, number) }
            case .word(let text): attribute += Self.text(4, text)
            case .tensor(let shape, let values): attribute += Self.message(5, Self.tensor("", shape, values))
            case .whole(let shape, let values): attribute += Self.message(5, Self.tensor("", shape, whole: values))
            }
            bytes += Self.message(5, attribute)
        }
        if !domain.isEmpty { bytes += Self.text(7, domain) }
        nodes += Self.message(1, bytes)
        return outputs
    }

    /// The file, with these outputs of the graph.
    package func bytes(outputs: [String], operatorSet: Int = 17) -> [UInt8] {
        var graph = nodes + initializers + inputs
        for name in outputs { graph += Self.message(12, Self.text(1, name)) }
        return Self.integer(1, 8) + Self.text(2, "writer") + Self.message(7, graph)
            + Self.message(8, Self.integer(2, operatorSet))
    }

    // MARK: Fields

    private static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        for extent in shape { bytes += integer(1, extent) }
        let raw = values.flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
        }
        return bytes + integer(2, 1) + text(8, name) + message(9, raw)
    }

    private static func tensor(_ name: String, _ shape: [Int], whole values: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        for extent in shape { bytes += integer(1, extent) }
        // One by one rather than as bytes: both ways are read.
        bytes += integer(2, 7) + text(8, name)
        for value in values { bytes += integer(7, value) }
        return bytes
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes): (UInt64, [UInt8]) = (value, [])
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }

    /// A field of a number.
    package static func integer(_ field: Int, _ value: Int) -> [UInt8] {
        varint(UInt64(field << 3)) + varint(UInt64(bitPattern: Int64(value)))
    }

    private static func float(_ field: Int, _ value: Float) -> [UInt8] {
        varint(UInt64(field << 3 | 5))
            + (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }

    /// A field of bytes.
    package static func message(_ field: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(field << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
    }

    private static func text(_ field: Int, _ text: String) -> [UInt8] { message(field, Array(text.utf8)) }
}
