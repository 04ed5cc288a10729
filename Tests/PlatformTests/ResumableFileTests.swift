import Dispatch
import Foundation
import Synchronization
import Testing

import Platform

/// Files that come in pieces, and who may work on them.
struct ResumableFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func append(_ text: String, to file: ResumableFile) throws {
        try Array(text.utf8).withUnsafeBytes { try file.append($0) }
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try InputFile.bytes(folder.path + "/" + name, limit: 1 << 20), as: UTF8.self)
    }

    @Test func `what came outlives whoever fetched it, and takes its name when it is whole`() throws {
        let path = folder.path + "/file"
        try append("one ", to: try ResumableFile(for: path))
        #expect(FileStatus(path) == nil)
        let file = try ResumableFile(for: path)
        #expect(file.size == 4)
        try append("two", to: file)
        try OutputFile.write("old".utf8.map { $0 }, to: path, existing: .keep)
        try file.finish()
        #expect(try text("file") == "one two" && FileStatus(path + ".partial") == nil)
        // Begun anew, and given up.
        let other = try ResumableFile(for: path)
        try append("three", to: other)
        try other.restart()
        try append("x", to: other)
        #expect(try text("file.partial") == "x" && other.size == 1)
        other.discard()
        #expect(FileStatus(path + ".partial") == nil)
        #expect(try text("file") == "one two")
    }

    @Test func `what is no file in its place is refused`() throws {
        let path = folder.path + "/file"
        try OutputFolder.make(path + ".partial")
        #expect(throws: FileError.unwritable(path: path + ".partial", reason: "Is a directory")) {
            try ResumableFile(for: path)
        }
        rmdir(path + ".partial")
        symlink("/etc/hostname", path + ".partial")
        #expect(throws: FileError.self) { try ResumableFile(for: path) }
        unlink(path + ".partial")
        mkfifo(path + ".partial", 0o600)
        #expect(throws: FileError.unwritable(path: path + ".partial", reason: "Not a regular file")) {
            try ResumableFile(for: path)
        }
        #expect(throws: FileError.self) { try ResumableFile(for: folder.path + "/no/file") }
    }

    @Test(arguments: [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
    func `a file's digest is that of its bytes`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let path = folder.path + "/bytes"
        try OutputFile.write(bytes, to: path, existing: .replace)
        #expect(try SHA256Digest(ofFileAt: path) == SHA256Digest(of: bytes))
        #expect(throws: FileError.unreadable(path: path + "x", reason: "No such file or directory")) {
            try SHA256Digest(ofFileAt: path + "x")
        }
        #expect(throws: FileError.unreadable(path: folder.path, reason: "Is a directory")) {
            try SHA256Digest(ofFileAt: folder.path)
        }
    }

    @Test func `one at a time has a lock, and the others wait`() throws {
        let path = folder.path + "/lock"
        var first: FileLock? = try FileLock(path) { Issue.record("nobody else has it") }
        let order = Mutex<[String]>([])
        let (waits, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let thread = Thread {
            let second = try? FileLock(path) {
                order.withLock { $0.append("waits") }
                waits.signal()
            }
            order.withLock { $0.append(second == nil ? "failed" : "has it") }
            done.signal()
        }
        thread.start()
        waits.wait()
        order.withLock { $0.append("gives back") }
        withExtendedLifetime(first) {}
        first = nil
        done.wait()
        #expect(order.withLock { $0 } == ["waits", "gives back", "has it"])
        #expect(throws: FileError.self) { try FileLock(folder.path + "/no/lock") {} }
    }
}
