import Dispatch
import Foundation
import Platform
import Synchronization
import TestSupport
import Testing

/// Files that are written, and what lies there already.
@Suite struct OutputFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func error(_ body: () throws -> Void) -> FileError? {
        do { try body() } catch { return error as? FileError }
        return nil
    }

    @Test(
        "A file is replaced as a whole, keeps its permissions, and nothing is left beside it", arguments: [true, false])
    func replacing(withoutName: Bool) throws {
        func write(_ text: String, _ existing: OutputFile.Existing, durable: Bool) throws {
            let parts = [Array(text.utf8.prefix(2)), [], Array(text.utf8.dropFirst(2))]
            try OutputFile.write(
                parts: parts, to: folder("a"), existing: existing, isDurable: durable, withoutName: withoutName)
        }
        try write("first", .keep, durable: false)
        #expect(try folder.read("a") == "first")
        chmod(folder("a"), 0o640)
        let reader = try #require(FileHandle(forReadingAtPath: folder("a")))
        try write("second", .replace, durable: true)
        #expect(try folder.read("a") == "second")
        // Who has the old one open reads the old one.
        #expect(try reader.readToEnd() == Data("first".utf8))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder("a"))
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(error { try write("third", .keep, durable: false) } == .exists(path: folder("a")))
        #expect(try folder.read("a") == "second")
        #expect(try folder.names == ["a"])
    }

    @Test("A file without bytes is nothing to keep, as one that `mktemp` made")
    func empty() throws {
        let path = try folder.write("empty", "")
        try OutputFile.write(Array("bytes".utf8), to: path, existing: .keep)
        #expect(try folder.read("empty") == "bytes")
    }

    @Test("Of many who write a file that must not be replaced, one does", arguments: [true, false])
    func race(withoutName: Bool) throws {
        let written = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 16) { number in
            do {
                try OutputFile.write(
                    parts: [Array("\(number)".utf8)], to: folder("one"), existing: .keep, isDurable: false,
                    withoutName: withoutName)
                written.withLock { $0.append(number) }
            } catch {}
        }
        #expect(written.withLock { $0.count } == 1)
        #expect(try folder.read("one") == "\(written.withLock { $0[0] })")
        #expect(try folder.names == ["one"])
    }

    @Test("A link stays, and what it leads to is written, whether it is there or not")
    func links() throws {
        try FileManager.default.createDirectory(atPath: folder("deep"), withIntermediateDirectories: true)
        try folder.write("deep/target", "old")
        symlink("deep/target", folder("link"))
        symlink("link", folder("second"))
        symlink("deep/absent", folder("dangling"))
        symlink("loop", folder("loop"))
        for (name, target) in [("link", "deep/target"), ("second", "deep/target"), ("dangling", "deep/absent")] {
            try OutputFile.write(Array(name.utf8), to: folder(name), existing: .replace)
            #expect(try folder.read(target) == name)
            #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: folder(name))) != nil, "\(name)")
        }
        #expect(
            error { try OutputFile.write([1], to: folder("link"), existing: .keep) } == .exists(path: folder("link")))
        let loop = error { try OutputFile.write([1], to: folder("loop"), existing: .replace) }
        #expect(loop == .unwritable(path: folder("loop"), reason: "Too many levels of symbolic links"))
    }

    @Test("A hard link's other name keeps the old bytes")
    func hardLinks() throws {
        try folder.write("a", "old")
        link(folder("a"), folder("b"))
        try OutputFile.write(Array("new".utf8), to: folder("b"), existing: .replace)
        #expect(try folder.read("a") == "old" && folder.read("b") == "new")
    }

    @Test("A pipe is written to and stays one", arguments: [OutputFile.Existing.keep, .replace])
    func pipe(existing: OutputFile.Existing) throws {
        try #require(mkfifo(folder("pipe"), 0o600) == 0)
        let received = Mutex<[UInt8]>([])
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) { [folder] in
            let bytes = (try? InputFile.bytes(folder("pipe"), limit: 1 << 20, source: .any)) ?? []
            received.withLock { $0 = bytes }
        }
        // More than a pipe holds.
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        try OutputFile.write(bytes, to: folder("pipe"), existing: existing)
        group.wait()
        #expect(received.withLock { $0 } == bytes)
        #expect(FileStatus(folder("pipe"))?.kind == .stream)
        #expect(try folder.names == ["pipe"])
    }

    @Test("A device is written to and stays one; a block device is refused", .enabled(if: DeviceNode.canBeMade))
    func devices() throws {
        // Those of /dev/null, /dev/full and a disk, but ours.
        try DeviceNode.make(folder("null"), minor: 3)
        try DeviceNode.make(folder("full"), minor: 7)
        try #require(mknod(folder("disk"), S_IFBLK | 0o600, dev_t(7 << 8 | 250)) == 0)
        try OutputFile.write([1, 2, 3], to: folder("null"), existing: .keep)
        let full = error { try OutputFile.write([1], to: folder("full"), existing: .replace) }
        #expect(full == .unwritable(path: folder("full"), reason: "No space left on device"))
        let disk = error { try OutputFile.write([1], to: folder("disk"), existing: .replace) }
        #expect(disk == .unwritable(path: folder("disk"), reason: "Is a block device"))
        for name in ["null", "full"] { #expect(FileStatus(folder(name))?.kind == .stream) }
        #expect(FileStatus(folder("disk"))?.kind == .blockDevice)
        #expect(try folder.names == ["disk", "full", "null"])
    }

    @Test("What cannot be written is said before and after")
    func refusals() throws {
        try folder.write("file", "x")
        for (path, reason) in [
            (folder.path, "Is a directory"), (folder("absent/a"), "No such file or directory"),
            (folder("file/a"), "Not a directory"), ("", "No such file or directory"),
        ] {
            let error = error { try OutputFile.write([1], to: path, existing: .replace) }
            #expect(error == .unwritable(path: path, reason: reason))
        }
        for (path, reason) in [
            (folder("absent/a"), "No such file or directory"), (folder("file/a"), "Not a directory"),
        ] {
            #expect(error { try OutputFile.checkFolder(of: path) } == .unwritable(path: path, reason: reason))
        }
        #expect(error { try OutputFile.checkFolder(of: folder("a")) } == nil)
        #expect(try folder.names == ["file"])
    }

    @Test("A file that is not to be written is not replaced either", .enabled(if: geteuid() != 0, "root may write all"))
    func writeProtected() throws {
        let path = try folder.write("a", "x")
        chmod(path, 0o400)
        let error = error { try OutputFile.write([1], to: path, existing: .replace) }
        #expect(error == .unwritable(path: path, reason: "Permission denied"))
        #expect(try folder.read("a") == "x")
    }

    @Test("Bytes are added at the end")
    func appending() throws {
        for text in ["one\n", "two\n"] { try OutputFile.append(Array(text.utf8), to: folder("log")) }
        #expect(try folder.read("log") == "one\ntwo\n")
        #expect(error { try OutputFile.append([1], to: folder.path) }?.description.contains("Is a directory") == true)
    }

    @Test("Folders are made with those they lie in")
    func folders() throws {
        for name in ["a/b/c", "a/b/c/", "a", "d/"] {
            try OutputFolder.make(folder(name))
            #expect(FileStatus(folder(name))?.kind == .folder, "\(name)")
        }
        try folder.write("file", "x")
        for name in ["file", "file/a"] {
            let error = error { try OutputFolder.make(folder(name)) }
            #expect(error == .unwritable(path: folder(name), reason: "Not a directory"))
        }
    }
}
