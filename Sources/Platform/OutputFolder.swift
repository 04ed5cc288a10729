/// Makes folders.
public enum OutputFolder {
    /// Makes a folder, and those it lies in, where there is none.
    public static func make(_ path: String) throws(FileError) {
        func failed(_ number: CInt) -> FileError { .unwritable(path: path, reason: InputFile.reason(number)) }
        if mkdir(path, 0o777) == 0 { return }
        switch errno {
        case EEXIST:
            guard FileStatus(path)?.kind == .folder else { throw failed(ENOTDIR) }
        case ENOENT:
            let parent = OutputFile.folder(of: path)
            guard parent != path, !path.isEmpty else { throw failed(ENOENT) }
            do { try make(parent) } catch {
                guard case .unwritable(_, let reason) = error else { throw error }
                throw .unwritable(path: path, reason: reason)
            }
            // A path that ends in a slash is there by now.
            guard mkdir(path, 0o777) == 0 || FileStatus(path)?.kind == .folder else { throw failed(errno) }
        case let number:
            // Some file systems say that they cannot be written before they say that the folder is there.
            guard FileStatus(path)?.kind == .folder else { throw failed(number) }
        }
    }
}
