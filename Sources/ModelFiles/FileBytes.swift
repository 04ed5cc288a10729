import Platform

/// Reads whole files of bounded size, and writes whole files.
enum FileBytes {
    /// The bytes of the regular file at `path`, of which there must be no more than `limit`, nor than half of `memory`:
    /// what is made of a model's file is about as large as the file.
    static func read(_ path: String, limit: Int, memory: Int = .max) throws(ModelFileError) -> [UInt8] {
        do { return try InputFile.bytes(path, limit: min(limit, memory / 2)) } catch {
            if case .tooLarge = error, memory / 2 < limit, let size = FileStatus(path)?.size, size <= limit {
                throw .beyondMemory(path: path, size: size, limit: memory)
            }
            throw ModelFileError(error)
        }
    }

    /// Makes `bytes` the contents of the file at `path`, which reach the disk before they take its place.
    static func write(
        _ bytes: [UInt8], to path: String, existing: OutputFile.Existing
    ) throws(ModelFileError) {
        do { try OutputFile.write(bytes, to: path, existing: existing, isDurable: true) } catch {
            throw ModelFileError(error)
        }
    }
}

extension ModelFileError {
    fileprivate init(_ error: FileError) {
        self =
            switch error {
            case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
            case .tooLarge(let path, let limit): .tooLarge(path: path, limit: limit)
            case .unwritable(let path, let reason): .unwritable(path: path, reason: reason)
            case .exists(let path): .exists(path: path)
            }
    }
}
