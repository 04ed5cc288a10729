/// The members of a zip archive (APPNOTE.TXT 4.3), whoever made it: stored as they are, or deflated.
///
/// No name of the archive becomes a path, every size is bounded before memory is taken for it, and what is read lies within
/// the bytes. Sizes of 4 GiB and more, which are written elsewhere (4.5.3), are beyond every file that is read.
public struct ZipArchive: Sendable {
    /// The most members.
    public static let maximumMembers = 1 << 16

    /// A member: where its bytes lie in the archive, and what they come to.
    private struct Member {
        var range: Range<Int>
        var packing: Packing
        var size: Int
        var checksum: UInt32
    }

    /// How a member's bytes are kept.
    private enum Packing {
        case stored
        case deflated
        /// Encrypted, or by another method.
        case unsupported
    }

    private let bytes: [UInt8]
    private var members: [String: Member] = [:]

    /// Whether bytes begin as those of an archive of files do.
    public static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// Reads the directory of an archive. Members whose names are not UTF-8 cannot be asked for, and are passed over.
    ///
    /// - Throws: `malformed` if there is no directory within the bytes, if it names two members alike, or one that does not lie
    ///   before it under that name.
    public init(_ bytes: [UInt8]) throws(ZipError) {
        self.bytes = bytes
        let end = try endRecord()
        let count = number(end + 10, 2)
        let size = number(end + 12, 4)
        let directory = number(end + 16, 4)
        guard directory <= end, size <= end - directory, number(end + 8, 2) == count else {
            throw .malformed(reason: "its directory is not within it", offset: end)
        }
        var position = directory
        let limit = position + size
        for _ in 0..<count {
            guard limit - position >= 46, number(position, 4) == 0x0201_4B50 else {
                throw .malformed(reason: "its directory breaks off", offset: position)
            }
            let nameLength = number(position + 28, 2)
            let length = 46 + nameLength + number(position + 30, 2) + number(position + 32, 2)
            guard length <= limit - position else {
                throw .malformed(reason: "its directory breaks off", offset: position)
            }
            let name = position + 46..<position + 46 + nameLength
            if let text = String(validating: bytes[name], as: UTF8.self) {
                let member = try member(text, name, entry: position, before: directory)
                guard members.updateValue(member, forKey: text) == nil else {
                    throw .malformed(reason: "it has two members \(text)", offset: position)
                }
            }
            position += length
        }
    }

    /// The names of the members, in no order.
    public var names: some Collection<String> { members.keys }

    // MARK: Contents

    /// The bytes of a member, which are those that its checksum is of.
    ///
    /// - Parameter limit: The most that it may have.
    public func file(_ name: String, limit: Int) throws(ZipError) -> [UInt8] {
        guard let member = members[name] else { throw .absent(name: name) }
        guard member.size <= limit else { throw .tooLarge(name: name, limit: limit) }
        var contents: [UInt8] = []
        try append(name, member, to: &contents)
        guard Inflation.checksum(contents) == member.checksum else { throw .damaged(name: name) }
        return contents
    }

    /// All members as they are uncompressed: where each lies in the archive itself if all are stored, else in a copy of them
    /// all. Checksums are not compared: PyTorch can be told to write none (`torch.serialization.set_crc32_options`).
    ///
    /// - Parameter maximumGrowth: What deflated members may come to beyond the size of the archive, in bytes.
    /// - Throws: `tooMany` if they come to more, before any is uncompressed; `damaged` if one is not of the size that it says.
    public func uncompressed(
        maximumGrowth: Int
    ) throws(ZipError) -> (bytes: [UInt8], members: [String: Range<Int>]) {
        for (name, member) in members where member.packing == .unsupported { throw .unsupported(name: name) }
        guard members.values.contains(where: { $0.packing == .deflated }) else {
            return (bytes, members.mapValues(\.range))
        }
        let limit = bytes.count + maximumGrowth
        // Sizes are of four bytes, and there are at most `maximumMembers`: their sum is far from what overflows.
        let total = members.values.reduce(0) { $0 + $1.size }
        guard total <= limit else { throw .tooMany(bytes: total, limit: limit) }
        var copy: [UInt8] = []
        copy.reserveCapacity(total)
        var places: [String: Range<Int>] = [:]
        for (name, member) in members.sorted(by: { $0.value.range.lowerBound < $1.value.range.lowerBound }) {
            let start = copy.count
            try append(name, member, to: &copy)
            places[name] = start..<copy.count
        }
        return (copy, places)
    }

    private func append(_ name: String, _ member: Member, to contents: inout [UInt8]) throws(ZipError) {
        switch member.packing {
        case .unsupported: throw .unsupported(name: name)
        case .stored: contents += bytes[member.range]
        case .deflated:
            guard Inflation.append(bytes[member.range], to: &contents, size: member.size) else {
                throw .damaged(name: name)
            }
        }
    }

    // MARK: Reading

    /// A member of the directory, whose local header lies before the directory and has the same name.
    private func member(
        _ text: String, _ name: Range<Int>, entry: Int, before directory: Int
    ) throws(ZipError) -> Member {
        let method = number(entry + 10, 2)
        let isEncrypted = number(entry + 8, 2) & 1 != 0
        let packing: Packing =
            isEncrypted ? .unsupported : method == 0 ? .stored : method == 8 ? .deflated : .unsupported
        let packedSize = number(entry + 20, 4)
        let size = number(entry + 24, 4)
        guard packing != .stored || size == packedSize else {
            throw .malformed(reason: "the member \(text) has two sizes", offset: entry)
        }
        let header = number(entry + 42, 4)
        let isThere = header <= directory && directory - header >= 30 && number(header, 4) == 0x0403_4B50
        let nameLength = isThere ? number(header + 26, 2) : 0
        let start = isThere ? header + 30 + nameLength + number(header + 28, 2) : directory
        guard isThere, start <= directory, packedSize <= directory - start,
            bytes[header + 30..<header + 30 + nameLength].elementsEqual(bytes[name])
        else {
            throw .malformed(reason: "the member \(text) is not where the directory says", offset: entry)
        }
        return Member(
            range: start..<start + packedSize, packing: packing, size: size,
            checksum: UInt32(truncatingIfNeeded: number(entry + 16, 4)))
    }

    /// The record at the end, after which comes nothing but its comment.
    private func endRecord() throws(ZipError) -> Int {
        let last = bytes.count - 22
        for position in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
        where number(position, 4) == 0x0605_4B50 && number(position + 20, 2) == last - position {
            return position
        }
        throw .malformed(reason: "it has no directory: the file is not complete", offset: bytes.count)
    }

    /// A little-endian number; `position` was found to be within the bytes.
    private func number(_ position: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
}
