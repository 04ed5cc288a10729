/// A table of a FlatBuffer: fields by number, through a vtable that says where each lies. A field that is not stored has
/// its default.
package struct FlatBufferTable: Sendable {
    let reader: FlatBufferReader
    /// Where the table begins.
    package let offset: Int
    private let vtable: Int
    private let fieldCount: Int
    private let size: Int

    /// The table at `offset`, its vtable proven to lie in the file.
    package init(_ reader: FlatBufferReader, at offset: Int, _ what: StaticString) throws(ModelFileError) {
        self.reader = reader
        self.offset = offset
        vtable = offset - Int(try reader.load(Int32.self, at: offset, what))
        let vtableSize = Int(try reader.load(UInt16.self, at: vtable, what))
        size = Int(try reader.load(UInt16.self, at: vtable + 2, what))
        guard vtableSize >= 4, vtableSize % 2 == 0, vtableSize <= reader.bytes.count - vtable else {
            throw reader.malformed("the vtable of \(what) has an impossible size", at: vtable)
        }
        guard size >= 4, size <= reader.bytes.count - offset else {
            throw reader.malformed("\(what) runs past the end", at: offset)
        }
        fieldCount = (vtableSize - 4) / 2
    }

    /// Where field `id` of `width` bytes lies; nil if it is not stored.
    private func field(_ id: Int, width: Int) throws(ModelFileError) -> Int? {
        guard id < fieldCount else { return nil }
        let distance = Int(try reader.load(UInt16.self, at: vtable + 4 + 2 * id, "a vtable"))
        if distance == 0 { return nil }
        guard distance >= 4, distance + width <= size else {
            throw reader.malformed("field \(id) lies outside its table", at: vtable + 4 + 2 * id)
        }
        return offset + distance
    }

    private func integer<T: FixedWidthInteger>(_ id: Int, _ defaultValue: T) throws(ModelFileError) -> T {
        guard let position = try field(id, width: T.bitWidth / 8) else { return defaultValue }
        return try reader.load(T.self, at: position, "a field")
    }

    /// A byte, as enumerations have it.
    package func int8(_ id: Int, default value: Int8 = 0) throws(ModelFileError) -> Int { Int(try integer(id, value)) }

    /// A 32-bit integer.
    package func int32(_ id: Int, default value: Int32 = 0) throws(ModelFileError) -> Int {
        Int(try integer(id, value))
    }

    /// An unsigned 32-bit integer.
    package func uint32(_ id: Int) throws(ModelFileError) -> Int { Int(try integer(id, UInt32(0))) }

    /// An unsigned 64-bit integer.
    package func uint64(_ id: Int) throws(ModelFileError) -> UInt64 { try integer(id, UInt64(0)) }

    /// A single-precision number.
    package func float(_ id: Int, default value: Float = 0) throws(ModelFileError) -> Float {
        Float(bitPattern: try integer(id, value.bitPattern))
    }

    /// A table; nil if it is not stored.
    package func table(_ id: Int, _ what: StaticString) throws(ModelFileError) -> FlatBufferTable? {
        guard let position = try field(id, width: 4) else { return nil }
        return try reader.table(referredFrom: position, what)
    }

    /// A vector, empty if it is not stored.
    package func vector(_ id: Int, elementSize: Int, _ what: StaticString) throws(ModelFileError) -> FlatBufferVector {
        guard let position = try field(id, width: 4) else {
            return FlatBufferVector(reader: reader, offset: offset, count: 0)
        }
        return try reader.vector(referredFrom: position, elementSize: elementSize, what)
    }

    /// A string's first `limit` bytes; what is not UTF-8 is replaced.
    package func string(_ id: Int, limit: Int, _ what: StaticString) throws(ModelFileError) -> String {
        let range = try vector(id, elementSize: 1, what).range.prefix(limit)
        return String(decoding: reader.bytes[range], as: UTF8.self)
    }
}
