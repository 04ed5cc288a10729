/// A FlatBuffer as a tree of values, written front to back: a table's vtable, the table, then what it points at.
package indirect enum FlatBufferNode {
    case int8(Int)
    case int32(Int)
    case uint32(Int)
    case float(Float)
    case string(String)
    case bytes([UInt8])
    case int32s([Int])
    case int64s([Int])
    case floats([Float])
    case tables([FlatBufferNode])
    /// Fields by number.
    case table([Int: FlatBufferNode])

    /// The bytes of a file whose root is this table.
    package func file(identifier: String) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0] + Array(identifier.utf8)
        let root = write(to: &bytes)
        Self.patch(&bytes, 0, UInt32(root))
        return bytes
    }

    /// Bytes of the value within its table; what is not a scalar is pointed at.
    private var width: Int {
        if case .int8 = self { return 1 }
        return 4
    }

    private var scalar: UInt32? {
        switch self {
        case .int8(let value): UInt32(UInt8(bitPattern: Int8(value)))
        case .int32(let value): UInt32(bitPattern: Int32(value))
        case .uint32(let value): UInt32(value)
        case .float(let value): value.bitPattern
        default: nil
        }
    }

    /// Appends what is pointed at and returns where it begins.
    private func write(to bytes: inout [UInt8]) -> Int {
        while bytes.count % 4 != 0 { bytes.append(0) }
        switch self {
        case .int8, .int32, .uint32, .float: preconditionFailure("a scalar lies in its table")
        case .table(let fields): return Self.writeTable(fields, &bytes)
        case .string(let string): return Self.writeVector(Array(string.utf8), count: string.utf8.count, &bytes)
        case .bytes(let contents): return Self.writeVector(contents, count: contents.count, &bytes)
        case .int32s(let values):
            return Self.writeVector(values.flatMap { little(Int32($0)) }, count: values.count, &bytes)
        case .int64s(let values):
            return Self.writeVector(values.flatMap { little(Int64($0)) }, count: values.count, &bytes)
        case .floats(let values):
            return Self.writeVector(values.flatMap { little($0.bitPattern) }, count: values.count, &bytes)
        case .tables(let tables):
            let start = Self.writeVector(
                [UInt8](repeating: 0, count: 4 * tables.count), count: tables.count, &bytes)
            for (index, table) in tables.enumerated() {
                let position = start + 4 + 4 * index
                Self.patch(&bytes, position, UInt32(table.write(to: &bytes) - position))
            }
            return start
        }
    }

    private static func writeVector(_ contents: [UInt8], count: Int, _ bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        bytes += little(UInt32(count)) + contents
        return start
    }

    private static func writeTable(_ fields: [Int: FlatBufferNode], _ bytes: inout [UInt8]) -> Int {
        let slots = (fields.keys.max() ?? -1) + 1
        let ordered = fields.sorted { $0.key < $1.key }
        var offsets = [UInt16](repeating: 0, count: slots)
        var size = 4
        for (id, node) in ordered {
            if node.width == 4 { size = (size + 3) & ~3 }
            offsets[id] = UInt16(size)
            size += node.width
        }
        let vtable = bytes.count
        bytes += little(UInt16(4 + 2 * slots)) + little(UInt16(size)) + offsets.flatMap { little($0) }
        while bytes.count % 4 != 0 { bytes.append(0) }
        let table = bytes.count
        bytes += little(Int32(table - vtable)) + [UInt8](repeating: 0, count: size - 4)
        for (id, node) in ordered {
            let position = table + Int(offsets[id])
            if let scalar = node.scalar {
                for index in 0..<node.width {
                    bytes[position + index] = UInt8(truncatingIfNeeded: scalar >> (8 * index))
                }
            } else {
                patch(&bytes, position, UInt32(node.write(to: &bytes) - position))
            }
        }
        return table
    }

    private static func patch(_ bytes: inout [UInt8], _ position: Int, _ value: UInt32) {
        bytes.replaceSubrange(position..<position + 4, with: little(value))
    }
}

/// The little-endian bytes of an integer.
package func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
}
