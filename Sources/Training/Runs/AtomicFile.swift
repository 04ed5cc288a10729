import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Replaces a file as a whole.
enum AtomicFile {
    /// Writes beside the file, waits until the disk has it, then renames: whoever reads sees the old file or the new one,
    /// whatever happens in between.
    static func write(_ data: Data, to path: String) throws(CheckpointError) {
        let temporary = path + ".partial"
        guard FileManager.default.createFile(atPath: temporary, contents: nil),
            let file = FileHandle(forWritingAtPath: temporary)
        else { throw .unwritable(path: path) }
        do {
            try file.write(contentsOf: data)
            try file.synchronize()
            try file.close()
        } catch {
            try? file.close()
            try? FileManager.default.removeItem(atPath: temporary)
            throw .unwritable(path: path)
        }
        guard rename(temporary, path) == 0 else {
            try? FileManager.default.removeItem(atPath: temporary)
            throw .unwritable(path: path)
        }
    }
}
