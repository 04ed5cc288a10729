import TestSupport
import Testing

import Downloads

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
            #expect(throws: ZipArchive.Failure.absent(name: "tex")) { try archive.file("tex", limit: 9) }
        }
    }

    @Test func `limits hold whatever an entry says`() throws {
        let archive = try ZipArchive(writer.archive)
        #expect(throws: ZipArchive.Failure.tooLarge(name: "text", limit: text.count - 1)) {
            try archive.file("text", limit: text.count - 1)
        }
        // A bomb that says that it is small, and one that says that it is large.
        for said in [10, text.count - 1, text.count + 1, 1 << 20] {
            var writer = writer
            writer.files[1].size = said
            #expect(throws: ZipArchive.Failure.damaged(name: "text"), "\(said)") {
                try ZipArchive(writer.archive).file("text", limit: 1 << 20)
            }
        }
        var huge = writer
        huge.files[1].size = 0xFFFF_FFFF
        #expect(throws: ZipArchive.Failure.tooLarge(name: "text", limit: 1 << 20)) {
            try ZipArchive(huge.archive).file("text", limit: 1 << 20)
        }
    }

    @Test func `what is encrypted, packed otherwise or damaged is refused`() throws {
        var (encrypted, other, checksum) = (writer, writer, writer)
        encrypted.files[1].flags = 1
        other.files[1].method = 14
        checksum.files[1].checksum = 7
        #expect(throws: ZipArchive.Failure.unsupported(name: "text")) {
            try ZipArchive(encrypted.archive).file("text", limit: 1 << 20)
        }
        #expect(throws: ZipArchive.Failure.unsupported(name: "text")) {
            try ZipArchive(other.archive).file("text", limit: 1 << 20)
        }
        #expect(throws: ZipArchive.Failure.damaged(name: "text")) {
            try ZipArchive(checksum.archive).file("text", limit: 1 << 20)
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
