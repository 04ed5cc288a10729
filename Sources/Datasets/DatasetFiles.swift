import Foundation
import Platform

/// Reads the files of a dataset, whose sizes are bounded.
enum DatasetFiles {
    /// The largest photo, in bytes.
    static let maximumPhotoBytes = 256 << 20

    /// The endings of photos in folders: also of such as are not decoded, so that they are not missed without a word.
    static let photoEndings: Set<String> = [
        "jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "heic", "avif",
    ]

    static func bytes(_ path: String, limit: Int) throws(DatasetError) -> [UInt8] {
        do { return try InputFile.bytes(path, limit: limit) } catch { throw .file(error) }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The error of what is not there.
    static func absent(_ path: String) -> DatasetError {
        .file(.unreadable(path: path, reason: "No such file or directory"))
    }
}
