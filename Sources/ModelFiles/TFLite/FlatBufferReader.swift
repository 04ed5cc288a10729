/// The bytes of a FlatBuffer and bounds-checked loads from them.
///
/// A FlatBuffer is made of tables that point at one another with 32-bit offsets. Nothing is copied or followed before it
/// is asked for, so hostile offsets cost a check each and no recursion; every load proves its range first. Offsets are
/// held in `Int`, in which sums of a file's length and a few 32-bit numbers cannot overflow.
package struct FlatBufferReader: Sendable {
    /// The whole file.
    package let bytes: [UInt8]
    /// The format's name, for errors.
    package let format: String

    /// A reader of `bytes`.
    package init(bytes: [UInt8], format: String) {
        self.bytes = bytes
        self.format = format
    }

    /// The error of a broken rule at a byte offset.
    package func malformed(_ reason: String, at offset: Int) -> ModelFileError {
        .malformed(format: format, reason: reason, offset: offset)
    }

    /// The little-endian integer at `offset`.
    package func load<T: FixedWidthInteger>(_: T.Type, at offset: Int, _ what: StaticString) throws(ModelFileError) -> T
    {
        guard offset >= 0, offset <= bytes.count - T.bitWidth / 8 else {
            throw malformed("\(what) lies outside the file", at: offset)
        }
        return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }

    /// Where the 32-bit forward offset at `offset` points.
    package func target(of offset: Int, _ what: StaticString) throws(ModelFileError) -> Int {
        let distance = try load(UInt32.self, at: offset, what)
        // No object begins within its own reference.
        guard distance >= 4 else { throw malformed("the offset of \(what) points nowhere", at: offset) }
        return offset + Int(distance)
    }

    /// The table that the 32-bit offset at `offset` points at.
    package func table(referredFrom offset: Int, _ what: StaticString) throws(ModelFileError) -> FlatBufferTable {
        try FlatBufferTable(self, at: target(of: offset, what), what)
    }

    /// The vector that the 32-bit offset at `offset` points at, its extent proven to lie in the file.
    package func vector(
        referredFrom offset: Int, elementSize: Int, _ what: StaticString
    ) throws(ModelFileError) -> FlatBufferVector {
        let position = try target(of: offset, what)
        let count = Int(try load(UInt32.self, at: position, what))
        guard count <= (bytes.count - position - 4) / elementSize else {
            throw malformed("\(count) elements of \(what) run past the end", at: position)
        }
        return FlatBufferVector(reader: self, offset: position + 4, count: count)
    }
}
