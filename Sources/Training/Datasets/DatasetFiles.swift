import Foundation

/// Reads the files of a dataset, whose sizes are bounded.
enum DatasetFiles {
    /// The largest photo, in bytes.
    static let maximumPhotoBytes = 64 << 20

    static func bytes(_ path: String, limit: Int) throws(DatasetError) -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .unreadable(path: path) }
        defer { try? file.close() }
        do {
            // One byte more than the limit tells a file that is too large, whatever its directory entry says.
            let data = try file.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else { throw DatasetError.tooLarge(path: path, bytes: data.count, limit: limit) }
            return [UInt8](data)
        } catch let error as DatasetError {
            throw error
        } catch {
            throw .unreadable(path: path)
        }
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
