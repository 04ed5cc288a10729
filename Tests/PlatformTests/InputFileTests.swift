import Foundation
import Platform
import Testing

/// Files that are read, whatever they are.
@Suite struct InputFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func read(_ path: String, limit: Int, _ source: InputFile.Source) -> Result<[UInt8], FileError> {
        Result { () throws(FileError) in try InputFile.bytes(path, limit: limit, source: source) }
    }

    @Test("A file of as many bytes as the limit is read, a larger one refused", arguments: [0, 1, 300_000])
    func limits(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try Data(bytes).write(to: URL(fileURLWithPath: folder("a")))
        for source in [InputFile.Source.regularFile, .any] {
            #expect(read(folder("a"), limit: size, source) == .success(bytes))
            #expect(read(folder("a"), limit: size + 1, source) == .success(bytes))
            guard size > 0 else { continue }
            #expect(
                read(folder("a"), limit: size - 1, source) == .failure(.tooLarge(path: folder("a"), limit: size - 1)))
        }
    }

    @Test("A file that says nothing of its size is read to its end")
    func unsized() throws {
        let bytes = try read("/proc/self/maps", limit: 1 << 20, .regularFile).get()
        #expect(bytes.count > 1000)
        #expect(
            read("/proc/self/maps", limit: 10, .regularFile) == .failure(.tooLarge(path: "/proc/self/maps", limit: 10)))
    }

    @Test("What never ends is read up to the limit, and not at all where a file is expected")
    func endless() {
        #expect(read("/dev/zero", limit: 1 << 20, .any) == .failure(.tooLarge(path: "/dev/zero", limit: 1 << 20)))
        #expect(
            read("/dev/zero", limit: 1 << 20, .regularFile)
                == .failure(.unreadable(path: "/dev/zero", reason: "Not a regular file")))
    }

    @Test("A pipe without a writer keeps nobody waiting where a file is expected")
    func pipe() throws {
        try #require(mkfifo(folder("pipe"), 0o600) == 0)
        #expect(
            read(folder("pipe"), limit: 100, .regularFile)
                == .failure(.unreadable(path: folder("pipe"), reason: "Not a regular file")))
        let writer = open(folder("pipe"), O_RDWR)
        defer { close(writer) }
        _ = write(writer, Array(repeating: UInt8(7), count: 200), 200)
        #expect(read(folder("pipe"), limit: 100, .any) == .failure(.tooLarge(path: folder("pipe"), limit: 100)))
    }

    @Test("Folders and what is not there")
    func refusals() {
        for source in [InputFile.Source.regularFile, .any] {
            #expect(
                read(folder.path, limit: 9, source)
                    == .failure(.unreadable(path: folder.path, reason: "Is a directory")))
            #expect(
                read(folder("no"), limit: 9, source)
                    == .failure(.unreadable(path: folder("no"), reason: "No such file or directory")))
        }
    }

    @Test("A file is the same under each of its names")
    func identity() throws {
        let path = try folder.write("a", "x")
        symlink(path, folder("link"))
        link(path, folder("hard"))
        let identity = try #require(FileStatus(path)).identity
        for name in ["link", "hard", "../" + (folder.path as NSString).lastPathComponent + "/a"] {
            #expect(FileStatus(folder(name))?.identity == identity, "\(name)")
        }
        try folder.write("b", "x")
        #expect(FileStatus(folder("b"))?.identity != identity)
        #expect(FileStatus(folder("c")) == nil)
        #expect(FileStatus(path)?.size == 1)
    }
}
