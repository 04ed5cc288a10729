/// The members of a zip archive whose members are stored as they are, as PyTorch writes them (APPNOTE.TXT 4.3).
///
/// Checksums are not compared: PyTorch can be told to write none (`torch.serialization.set_crc32_options`).
struct ZipDirectory {
    /// The most members; the largest published SSD has 700.
    static let maximumMembers = 1 << 16

    /// Where the bytes of each member lie in the file.
    private(set) var members: [String: Range<Int>] = [:]

    private let bytes: [UInt8]

    /// Whether the file begins as a zip archive does.
    static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// Reads the directory of an archive.
    ///
    /// - Throws: `ModelFileError.malformed` or `unsupportedNetwork` if a member is not within the file or not stored.
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
            guard number(position + 10, 2) == 0, number(position + 8, 2) & 1 == 0 else {
                throw .unsupportedNetwork(reason: "the archive's member \(name) is compressed or encrypted")
            }
            let packedSize = number(position + 20, 4)
            guard number(position + 24, 4) == packedSize else {
                throw malformed("the member \(name) has two sizes", position)
            }
            let range = try contents(name, header: number(position + 42, 4), size: packedSize, entry: position)
            guard members.updateValue(range, forKey: name) == nil else {
                throw malformed("it has two members \(name)", position)
            }
            position += length
        }
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
