/// A FlexBuffer whose root is a map of scalars, the form of a custom operator's options in TensorFlow Lite.
///
/// A FlexBuffer is read from its end: the last byte is the root's width, the one before it the root's type. Each value
/// is stored in the width of the vector that holds it; what is larger is pointed at with a backward offset. A type byte
/// holds the type in its upper six bits and, in its lower two, the logarithm of the width of what it points at.
package struct FlexBufferMap: Sendable {
    /// A scalar of the map.
    package enum Value: Sendable, Equatable {
        /// No value.
        case null
        /// A signed integer, or an unsigned one that fits.
        case integer(Int64)
        /// A floating-point number.
        case float(Double)
        /// A truth value.
        case bool(Bool)
        /// Anything else, by its type's number.
        case other(type: Int)
    }

    /// The most entries a map may have.
    package static let maximumCount = 256
    /// The longest key, in bytes.
    package static let maximumKeyLength = 128

    /// The entries by key.
    package let values: [String: Value]

    /// Reads the map in `range` of a file; errors carry the file's byte offsets.
    package init(_ bytes: [UInt8], in range: Range<Int>) throws(ModelFileError) {
        let cursor = Cursor(bytes: bytes, range: range)
        guard range.count >= 3 else { throw cursor.malformed("has no root", at: range.lowerBound) }
        let rootWidth = Int(bytes[range.upperBound - 1])
        let root = range.upperBound - 2 - rootWidth
        let type = bytes[range.upperBound - 2]
        guard type >> 2 == 9 else { throw cursor.malformed("is no map", at: range.upperBound - 2) }
        let width = 1 << Int(type & 3)
        // A map is a vector of values with the keys' offset, the keys' width and the count before it.
        let map = try cursor.target(of: root, width: rootWidth)
        let count = try cursor.unsigned(at: map - width, width: width)
        let keysField = map - 3 * width
        let keys = try cursor.target(of: keysField, width: width)
        let keyWidth = Int(try cursor.unsigned(at: keysField + width, width: width, limit: 8))
        guard try cursor.unsigned(at: keys - keyWidth, width: keyWidth) == count else {
            throw cursor.malformed("has not as many keys as values", at: keys)
        }
        guard count <= Self.maximumCount else {
            throw .tooMany(what: "custom options", found: Int(clamping: count), limit: Self.maximumCount)
        }
        var values: [String: Value] = [:]
        for index in 0..<Int(count) {
            let key = try cursor.key(at: cursor.target(of: keys + index * keyWidth, width: keyWidth))
            let type = try cursor.unsigned(at: map + Int(count) * width + index, width: 1)
            values[key] = try cursor.value(at: map + index * width, width: width, type: UInt8(type))
        }
        self.values = values
    }

    /// The integer of `key`; nil if there is none or it is null.
    package func integer(_ key: String) throws(ModelFileError) -> Int? {
        switch values[key] {
        case nil, .null: return nil
        case .integer(let value): return Int(value)
        default: throw unexpected(key, "an integer")
        }
    }

    /// The number of `key`; nil if there is none or it is null.
    package func float(_ key: String) throws(ModelFileError) -> Float? {
        switch values[key] {
        case nil, .null: return nil
        case .integer(let value): return Float(value)
        case .float(let value): return Float(value)
        default: throw unexpected(key, "a number")
        }
    }

    /// The truth value of `key`; nil if there is none or it is null.
    package func bool(_ key: String) throws(ModelFileError) -> Bool? {
        switch values[key] {
        case nil, .null: return nil
        case .bool(let value): return value
        case .integer(let value): return value != 0
        default: throw unexpected(key, "a truth value")
        }
    }

    private func unexpected(_ key: String, _ expected: String) -> ModelFileError {
        .unsupportedNetwork(reason: "its option \(key) is not \(expected)")
    }

    /// Checked loads from the part of a file that holds the FlexBuffer.
    private struct Cursor {
        let bytes: [UInt8]
        let range: Range<Int>

        func malformed(_ reason: String, at offset: Int) -> ModelFileError {
            .malformed(format: "TensorFlow Lite", reason: "a custom operator's options: it \(reason)", offset: offset)
        }

        /// The unsigned integer of 1, 2, 4 or 8 bytes at `offset`.
        func unsigned(at offset: Int, width: Int, limit: UInt64 = .max) throws(ModelFileError) -> UInt64 {
            guard width == 1 || width == 2 || width == 4 || width == 8 else {
                throw malformed("has an impossible width", at: offset)
            }
            guard offset >= range.lowerBound, offset <= range.upperBound - width else {
                throw malformed("points outside itself", at: offset)
            }
            var value: UInt64 = 0
            for index in 0..<width { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
            guard value <= limit else { throw malformed("has an impossible width", at: offset) }
            return value
        }

        func signed(at offset: Int, width: Int) throws(ModelFileError) -> Int64 {
            let value = try unsigned(at: offset, width: width)
            let shift = UInt64(64 - 8 * width)
            return Int64(bitPattern: value << shift) >> Int64(shift)
        }

        func float(at offset: Int, width: Int) throws(ModelFileError) -> Double {
            let value = try unsigned(at: offset, width: width)
            switch width {
            case 4: return Double(Float(bitPattern: UInt32(value)))
            case 8: return Double(bitPattern: value)
            default: throw malformed("has a floating-point number of \(width) bytes", at: offset)
            }
        }

        /// Where the backward offset at `offset` points.
        func target(of offset: Int, width: Int) throws(ModelFileError) -> Int {
            let distance = try unsigned(at: offset, width: width)
            guard distance <= UInt64(offset - range.lowerBound) else {
                throw malformed("points outside itself", at: offset)
            }
            return offset - Int(distance)
        }

        /// The zero-terminated key at `offset`.
        func key(at offset: Int) throws(ModelFileError) -> String {
            let window = bytes[offset..<min(offset + FlexBufferMap.maximumKeyLength + 1, range.upperBound)]
            guard let end = window.firstIndex(of: 0) else { throw malformed("has a key without an end", at: offset) }
            return String(decoding: window[..<end], as: UTF8.self)
        }

        func value(at offset: Int, width: Int, type: UInt8) throws(ModelFileError) -> Value {
            let targetWidth = 1 << Int(type & 3)
            switch type >> 2 {
            case 0: return .null
            case 1: return .integer(try signed(at: offset, width: width))
            case 2: return .integer(Int64(clamping: try unsigned(at: offset, width: width)))
            case 3: return .float(try float(at: offset, width: width))
            case 6: return .integer(try signed(at: target(of: offset, width: width), width: targetWidth))
            case 7:
                let position = try target(of: offset, width: width)
                return .integer(Int64(clamping: try unsigned(at: position, width: targetWidth)))
            case 8: return .float(try float(at: target(of: offset, width: width), width: targetWidth))
            case 26: return .bool(try unsigned(at: offset, width: width) != 0)
            default: return .other(type: Int(type >> 2))
            }
        }
    }
}
