import Archives
import TestSupport
import Testing

/// Archives of strangers: what is wanted comes out, and nothing else happens.
struct ZipArchiveTests {
    private let text = Array(String(repeating: "one cat, two cats. ", count: 200).utf8)
    private let noise = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }

    private var writer: ZipWriter {
        var writer = ZipWriter([
            .init("__MACOSX/._text", [1]), .init("text", text), .init("noise", noise), .init("../evil", [2]),
            .init("nothing", []),
        ])
        writer.files[2].isPacked = false
        writer.files[4].isPacked = false
        return writer
    }

    @Test func `files are had by their names, packed or not`() throws {
        var writer = writer
        for comment in [[], Array("PK\u{5}\u{6} a comment".utf8)] {
            writer.comment = comment
            let archive = try ZipArchive(writer.archive)
            #expect(try archive.file("text", limit: text.count) == text)
            #expect(try archive.file("noise", limit: 1 << 20) == noise)
            #expect(try archive.file("nothing", limit: 0) == [])
            #expect(throws: ZipError.absent(name: "tex")) { try archive.file("tex", limit: 9) }
        }
    }

    @Test func `limits hold whatever an entry says`() throws {
        let archive = try ZipArchive(writer.archive)
        #expect(throws: ZipError.tooLarge(name: "text", limit: text.count - 1)) {
            try archive.file("text", limit: text.count - 1)
        }
        // A bomb that says that it is small, and one that says that it is large.
        for said in [10, text.count - 1, text.count + 1, 1 << 20] {
            var writer = writer
            writer.files[1].size = said
            #expect(throws: ZipError.damaged(name: "text"), "\(said)") {
                try ZipArchive(writer.archive).file("text", limit: 1 << 20)
            }
        }
        var huge = writer
        huge.files[1].size = 0xFFFF_FFFF
        #expect(throws: ZipError.tooLarge(name: "text", limit: 1 << 20)) {
            try ZipArchive(huge.archive).file("text", limit: 1 << 20)
        }
    }

    @Test func `what is encrypted, packed otherwise or damaged is refused`() throws {
        var (encrypted, other, checksum) = (writer, writer, writer)
        encrypted.files[1].flags = 1
        other.files[1].method = 14
        checksum.files[1].checksum = 7
        #expect(throws: ZipError.unsupported(name: "text")) {
            try ZipArchive(encrypted.archive).file("text", limit: 1 << 20)
        }
        #expect(throws: ZipError.unsupported(name: "text")) {
            try ZipArchive(other.archive).file("text", limit: 1 << 20)
        }
        #expect(throws: ZipError.damaged(name: "text")) {
            try ZipArchive(checksum.archive).file("text", limit: 1 << 20)
        }
    }

    /// A kilobyte of zeros is a thousandth of what it comes to.
    @Test func `bombs are refused before anything is uncompressed`() throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        let many = ZipWriter((0..<64).map { .init("file \($0)", zeros) }).archive
        let archive = try ZipArchive(many)
        #expect(archive.names.count == 64 && many.count < 1 << 17)
        #expect(throws: ZipError.tooMany(bytes: 64 << 20, limit: many.count + 32 << 20)) {
            try archive.uncompressed(maximumGrowth: 32 << 20)
        }
        // One whose file says that it is small.
        var small = ZipWriter([.init("a", zeros)])
        small.files[0].size = 100
        #expect(throws: ZipError.damaged(name: "a")) {
            try ZipArchive(small.archive).uncompressed(maximumGrowth: 32 << 20)
        }
        // One that is as large as it may be, and one that is larger by a byte.
        let bomb = try ZipArchive(ZipWriter([.init("a", zeros), .init("b", zeros)]).archive)
        let size = ZipWriter([.init("a", zeros), .init("b", zeros)]).archive.count
        let growth = 2 * zeros.count - size
        #expect(try bomb.uncompressed(maximumGrowth: growth).bytes.count == 2 * zeros.count)
        #expect(throws: ZipError.tooMany(bytes: 2 * zeros.count, limit: 2 * zeros.count - 1)) {
            try bomb.uncompressed(maximumGrowth: growth - 1)
        }
        // An archive within an archive is a file like others.
        let inner = ZipWriter([.init("zeros", zeros)]).archive
        #expect(try ZipArchive(ZipWriter([.init("inner.zip", inner)]).archive).file("inner.zip", limit: 9000) == inner)
    }

    @Test func `all files uncompressed are where it says`() throws {
        for isPacked in [true, false] {
            var writer = writer
            for index in writer.files.indices { writer.files[index].isPacked = isPacked }
            let (bytes, places) = try ZipArchive(writer.archive).uncompressed(maximumGrowth: 1 << 20)
            #expect(isPacked || bytes == writer.archive)
            for file in writer.files {
                #expect(places[file.name].map { Array(bytes[$0]) } == file.bytes, "\(file.name)")
            }
        }
    }

    @Test func `directories that contradict themselves are refused`() throws {
        #expect(!ZipArchive.recognizes(ZipWriter([]).archive) && ZipArchive.recognizes(writer.archive))
        let twice = #expect(throws: ZipError.self) {
            try ZipArchive(ZipWriter([.init("text", []), .init("noise", noise), .init("text", [1])]).archive)
        }
        #expect("\(twice.map { "\($0)" } ?? "")".contains("two members text"))
        var sizes = writer
        sizes.files[2].size = 4999
        let error = #expect(throws: ZipError.self) { try ZipArchive(sizes.archive) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("two sizes"))
        // A name in the directory that is another one before the file.
        let names = writer.archive
        let place = try #require(names.indices.last { names[$0...].starts(with: "noise".utf8) })
        var renamed = names
        renamed[place] = UInt8(ascii: "N")
        let other = #expect(throws: ZipError.self) { try ZipArchive(renamed) }
        #expect("\(other.map { "\($0)" } ?? "")".contains("not where the directory says"))
        for bytes in [[], [0x50], Array(names.prefix(60)), [UInt8](repeating: 0, count: 21)] {
            #expect(throws: ZipError.self) { try ZipArchive(bytes) }
        }
    }

    @Test func `mutated archives give the bytes that were packed, or a typed error`() throws {
        let whole = writer.archive
        var generator = SeededGenerator(seed: 11)
        var (right, refused) = (0, 0)
        func attempt(_ bytes: [UInt8]) {
            do {
                let archive = try ZipArchive(bytes)
                #expect(try archive.file("text", limit: 1 << 16) == text)
                right += 1
            } catch { refused += 1 }
        }
        for length in 0..<whole.count where length < 200 || length > whole.count - 400 {
            attempt(Array(whole[..<length]))
        }
        for _ in 0..<4000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                // Half of them where the directory is.
                let range = Bool.random(using: &generator) ? 0..<whole.count : whole.count - 300..<whole.count
                bytes[Int.random(in: range, using: &generator)] =
                    [0, 0xFF, 0x7F, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            attempt(bytes)
        }
        #expect(right > 500 && refused > 500, "\(right) right, \(refused) refused")
    }
}
