/// The members of a zip archive, stored as they are, as PyTorch writes them, or deflated (APPNOTE.TXT 4.3 and 4.4.5).
///
/// Checksums are not compared: PyTorch can be told to write none (`torch.serialization.set_crc32_options`).
struct ZipDirectory {
    /// The most members; the largest published SSD has 700.
    static let maximumMembers = 1 << 16

    /// What deflated members may come to beyond the size of the archive, in bytes: well-trained weights hardly shrink, and those
    /// of a new network, which are zeros, are few.
    static let maximumGrowth = 32 << 20

    /// A member: where its bytes lie in the file, and what they come to.
    private struct Member {
        var range: Range<Int>
        var isDeflated: Bool
        var size: Int
    }

    private var members: [String: Member] = [:]

    private let bytes: [UInt8]

    /// Whether the file begins as a zip archive does.
    static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// Reads the directory of an archive.
    ///
    /// - Throws: `ModelFileError.malformed` or `unsupportedNetwork` if a member is not within the file, or packed in another way.
    init(_ bytes: [UInt8]) throws(ModelFileError) {
        self.bytes = bytes
        let end = try endRecord()
        let count = number(end + 10, 2)
        let size = number(end + 12, 4)
        var position = number(end + 16, 4)
        guard position <= end, size <= end - position, number(end + 8, 2) == count else {
            throw malformed("its directory is not within it", end)
        }
        let limit = position + size
        for _ in 0..<count {
            guard limit - position >= 46, number(position, 4) == 0x0201_4B50 else {
                throw malformed("its directory breaks off", position)
            }
            let nameLength = number(position + 28, 2)
            let length = 46 + nameLength + number(position + 30, 2) + number(position + 32, 2)
            guard length <= limit - position else { throw malformed("its directory breaks off", position) }
            guard let name = String(validating: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self) else {
                throw malformed("a member's name is not UTF-8", position)
            }
            let method = number(position + 10, 2)
            guard method == 0 || method == 8, number(position + 8, 2) & 1 == 0 else {
                throw .unsupportedNetwork(
                    reason: "the archive's member \(name) is encrypted, or compressed otherwise than by deflate")
            }
            let packedSize = number(position + 20, 4)
            let size = number(position + 24, 4)
            guard method == 8 || size == packedSize else {
                throw malformed("the member \(name) has two sizes", position)
            }
            let range = try contents(name, header: number(position + 42, 4), size: packedSize, entry: position)
            let member = Member(range: range, isDeflated: method == 8, size: size)
            guard members.updateValue(member, forKey: name) == nil else {
                throw malformed("it has two members \(name)", position)
            }
            position += length
        }
    }

    /// The members as they are uncompressed: where each lies in the file itself if all are stored, else in a copy of them all.
    ///
    /// - Throws: `tooMany` if they come to more than the archive and `maximumGrowth`, before any is uncompressed; `malformed`
    ///   if one is not what its size says.
    func inflated() throws(ModelFileError) -> (bytes: [UInt8], members: [String: Range<Int>]) {
        guard members.values.contains(where: \.isDeflated) else { return (bytes, members.mapValues(\.range)) }
        let limit = bytes.count + Self.maximumGrowth
        // Sizes are of four bytes, and there are at most `maximumMembers`: their sum is far from what overflows.
        let total = members.values.reduce(0) { $0 + $1.size }
        guard total <= limit else { throw .tooMany(what: "bytes in its archive", found: total, limit: limit) }
        var copy: [UInt8] = []
        copy.reserveCapacity(total)
        var places: [String: Range<Int>] = [:]
        for (name, member) in members.sorted(by: { $0.value.range.lowerBound < $1.value.range.lowerBound }) {
            let start = copy.count
            if member.isDeflated {
                guard Inflation.append(bytes[member.range], to: &copy, size: member.size) else {
                    throw malformed("the member \(name) does not come to \(member.size) bytes", member.range.lowerBound)
                }
            } else {
                copy += bytes[member.range]
            }
            places[name] = start..<copy.count
        }
        return (copy, places)
    }

    /// The bytes of a member, from its local header on. Sizes of 4 GiB and more, which are written elsewhere, are beyond
    /// every file that is read.
    private func contents(
        _ name: String, header: Int, size: Int, entry: Int
    ) throws(ModelFileError) -> Range<Int> {
        guard header <= entry, entry - header >= 30, number(header, 4) == 0x0403_4B50 else {
            throw malformed("the member \(name) is not where the directory says", entry)
        }
        let nameLength = number(header + 26, 2)
        let start = header + 30 + nameLength + number(header + 28, 2)
        guard start <= entry, size <= entry - start,
            bytes[header + 30..<header + 30 + nameLength].elementsEqual(name.utf8)
        else { throw malformed("the member \(name) is not where the directory says", entry) }
        return start..<start + size
    }

    /// The record at the end, after which comes nothing but its comment.
    private func endRecord() throws(ModelFileError) -> Int {
        let first = max(0, bytes.count - 22 - 0xFFFF)
        for position in stride(from: bytes.count - 22, through: first, by: -1)
        where number(position, 4) == 0x0605_4B50 && number(position + 20, 2) == bytes.count - position - 22 {
            return position
        }
        throw malformed("it has no directory: the file is not complete", bytes.count)
    }

    private func malformed(_ reason: String, _ offset: Int) -> ModelFileError {
        .malformed(format: TorchArchive.format, reason: reason, offset: offset)
    }

    /// A little-endian number; `position` was found to be within the file.
    private func number(_ position: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
}
