/// A vector of a FlatBuffer: elements that lie one after the other, proven to lie in the file.
package struct FlatBufferVector: Sendable {
    let reader: FlatBufferReader
    /// Where the first element begins.
    package let offset: Int
    /// The number of elements.
    package let count: Int

    /// The bytes of a vector of bytes.
    package var range: Range<Int> { offset..<offset + count }

    /// The 32-bit integer at `index`, which must be below `count`.
    package func int32(_ index: Int) throws(ModelFileError) -> Int {
        precondition(index < count)
        return Int(try reader.load(Int32.self, at: offset + 4 * index, "a vector"))
    }

    /// The 64-bit integer at `index`, which must be below `count`.
    package func int64(_ index: Int) throws(ModelFileError) -> Int64 {
        precondition(index < count)
        return try reader.load(Int64.self, at: offset + 8 * index, "a vector")
    }

    /// The integer without sign of 1 or 2 bytes, or with a sign of 4, at `index`, which must be below `count`.
    package func integer(_ index: Int, width: Int) throws(ModelFileError) -> Int {
        precondition(index < count)
        switch width {
        case 1: return Int(try reader.load(UInt8.self, at: offset + index, "a vector"))
        case 2: return Int(try reader.load(UInt16.self, at: offset + 2 * index, "a vector"))
        default: return try int32(index)
        }
    }

    /// The single-precision number at `index`, which must be below `count`.
    package func float(_ index: Int) throws(ModelFileError) -> Float {
        precondition(index < count)
        return Float(bitPattern: try reader.load(UInt32.self, at: offset + 4 * index, "a vector"))
    }

    /// The table at `index`, which must be below `count`.
    package func table(_ index: Int, _ what: StaticString) throws(ModelFileError) -> FlatBufferTable {
        precondition(index < count)
        return try reader.table(referredFrom: offset + 4 * index, what)
    }

    /// All elements of a vector of 32-bit integers, of which there must be no more than `limit`.
    package func int32s(_ what: String, limit: Int) throws(ModelFileError) -> [Int] {
        guard count <= limit else { throw .tooMany(what: what, found: count, limit: limit) }
        var values: [Int] = []
        values.reserveCapacity(count)
        for index in 0..<count { values.append(try int32(index)) }
        return values
    }
}
