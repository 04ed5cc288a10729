import Foundation
import Platform

/// Files that a person names.
enum FileReading {
    /// The largest photo file that is read, in bytes.
    static let maximumPhotoBytes = 256 << 20

    /// All bytes of a file of at most `limit` bytes.
    ///
    /// - Parameter source: Whether pipes and devices are read too, which is for files that were named one by one.
    static func bytes(_ path: String, limit: Int, source: InputFile.Source = .any) throws -> [UInt8] {
        do { return try InputFile.bytes(path, limit: limit, source: source) } catch { throw Failure("\(error)") }
    }

    /// All bytes of standard input.
    static func standardInput(limit: Int) throws -> [UInt8] {
        do { return try InputFile.bytes(descriptor: STDIN_FILENO, name: "standard input", limit: limit) } catch {
            throw Failure("\(error)")
        }
    }

    /// What the system says of an error, without the error's wrapping.
    static func reason(_ error: any Error) -> String {
        let error = error as NSError
        if let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        return error.localizedDescription
    }
}
