import Foundation

/// Files that a person names.
enum FileReading {
    /// The largest photo file that is read, in bytes.
    static let maximumPhotoBytes = 256 << 20

    /// All bytes of a file of at most `limit` bytes.
    static func bytes(_ path: String, limit: Int) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Failure("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        defer { try? handle.close() }
        return try bytes(handle, name: path, limit: limit)
    }

    /// All bytes of standard input.
    static func standardInput(limit: Int) throws -> [UInt8] {
        try bytes(.standardInput, name: "standard input", limit: limit)
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

    private static func bytes(_ handle: FileHandle, name: String, limit: Int) throws -> [UInt8] {
        do {
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else { throw Failure("\(name) is larger than \(limit) bytes") }
            return [UInt8](data)
        } catch let failure as Failure { throw failure } catch {
            throw Failure("cannot read \(name): \(reason(error))")
        }
    }
}
