import Foundation

/// Finds files in a folder and in those that lie in it.
public enum FileTree {
    /// Why they cannot be named.
    public enum Failure: Error, Sendable {
        /// A folder that is not there or cannot be read.
        case folder(FileError)
        /// There are more than the limit.
        case tooManyFiles(limit: Int)
    }

    /// The deepest folder in the folder.
    static let maximumDepth = 32

    /// The files with one of some endings (in small letters, without the point), in the order of their paths. What begins
    /// with a point is passed over, and links to folders are not followed, so that there is an end.
    public static func files(
        in folder: String, endings: Set<String>, limit: Int
    ) throws(Failure) -> [String] {
        var files: [String] = []
        try add(folder, depth: 0, endings: endings, limit: limit, to: &files)
        return files
    }

    private static func add(
        _ folder: String, depth: Int, endings: Set<String>, limit: Int, to files: inout [String]
    ) throws(Failure) {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw .folder(.unreadable(path: folder, reason: reason(error)))
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            if endings.contains((name as NSString).pathExtension.lowercased()) {
                guard files.count < limit else { throw .tooManyFiles(limit: limit) }
                files.append(path)
            } else if depth < maximumDepth, FileStatus(link: path)?.kind == .folder {
                try add(path, depth: depth + 1, endings: endings, limit: limit, to: &files)
            }
        }
    }

    /// What the system says of an error, without the error's wrapping.
    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        return cause.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(cause.code))) : error.localizedDescription
    }
}
