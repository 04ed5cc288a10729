/// Writes a FlexBuffer whose root is a map of scalars.
package enum FlexBufferWriter {
    package enum Value: Sendable {
        case integer(Int32)
        case float(Float)
        case bool(Bool)
        case null
        /// A number behind an offset.
        case indirectFloat(Double)
        case indirectInteger(Int64)
        case string(String)
    }

    /// The map, its values and keys stored in 32 bits.
    package static func map(_ entries: [String: Value]) -> [UInt8] {
        var bytes: [UInt8] = []
        let sorted = entries.sorted { $0.key < $1.key }
        var keyPositions: [Int] = []
        for (key, _) in sorted {
            keyPositions.append(bytes.count)
            bytes += Array(key.utf8) + [0]
        }
        // What values point at comes before them.
        var targets: [Int] = []
        for (_, value) in sorted {
            if case .string(let string) = value { bytes.append(UInt8(string.utf8.count)) }
            targets.append(bytes.count)
            switch value {
            case .indirectFloat(let number): bytes += little(number.bitPattern)
            case .indirectInteger(let number): bytes += little(number)
            case .string(let string): bytes += Array(string.utf8) + [0]
            default: break
            }
        }
        bytes += little(UInt32(sorted.count))
        let keys = bytes.count
        for position in keyPositions { bytes += little(UInt32(bytes.count - position)) }
        bytes += little(UInt32(bytes.count - keys)) + little(UInt32(4)) + little(UInt32(sorted.count))
        let map = bytes.count
        var types: [UInt8] = []
        for (index, (_, value)) in sorted.enumerated() {
            let distance = UInt32(bytes.count - targets[index])
            switch value {
            case .integer(let number):
                bytes += little(number)
                types.append(1 << 2 | 2)
            case .float(let number):
                bytes += little(number.bitPattern)
                types.append(3 << 2 | 2)
            case .bool(let truth):
                bytes += little(UInt32(truth ? 1 : 0))
                types.append(26 << 2)
            case .null:
                bytes += little(UInt32(0))
                types.append(0)
            case .indirectFloat:
                bytes += little(distance)
                types.append(8 << 2 | 3)
            case .indirectInteger:
                bytes += little(distance)
                types.append(6 << 2 | 3)
            case .string:
                bytes += little(distance)
                types.append(5 << 2)
            }
        }
        bytes += types
        bytes += little(UInt32(bytes.count - map))
        return bytes + [9 << 2 | 2, 4]
    }
}
