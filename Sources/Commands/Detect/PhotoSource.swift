import Foundation

/// A photo that a person named: a file, or standard input.
enum PhotoSource: Sendable {
    case file(String)
    /// A file that lies in a folder which was named; nobody meant a pipe.
    case listed(String)
    case standardInput([UInt8])

    /// Its name in results.
    var name: String {
        switch self {
        case .file(let path), .listed(let path): path
        case .standardInput: "-"
        }
    }

    /// Its bytes.
    func bytes() throws -> [UInt8] {
        switch self {
        case .file(let path): try FileReading.bytes(path, limit: FileReading.maximumPhotoBytes)
        case .listed(let path):
            try FileReading.bytes(path, limit: FileReading.maximumPhotoBytes, source: .regularFile)
        case .standardInput(let bytes): bytes
        }
    }

    /// Photos of what a person named: files as they are, the JPEG, PNG and WebP files of folders in the order of their
    /// names, `-` for standard input.
    static func all(_ arguments: [String]) throws -> [PhotoSource] {
        var sources: [PhotoSource] = []
        var hasStandardInput = false
        for argument in arguments {
            if argument == "-" {
                guard !hasStandardInput else { throw Failure.usage("- stands for standard input, which is there once") }
                hasStandardInput = true
                let limit = FileReading.maximumPhotoBytes
                sources.append(.standardInput(try FileReading.standardInput(limit: limit)))
                continue
            }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) else {
                throw Failure("there is no file \(argument)")
            }
            guard isFolder.boolValue else {
                sources.append(.file(argument))
                continue
            }
            let photos = try photos(inFolder: argument)
            guard !photos.isEmpty else { throw Failure("\(argument) has no .jpg, .jpeg, .png or .webp files") }
            sources += photos.map(PhotoSource.listed)
        }
        return sources
    }

    private static func photos(inFolder folder: String) throws -> [String] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw Failure("cannot read the folder \(folder): \(FileReading.reason(error))")
        }
        let extensions = ["jpg", "jpeg", "png", "webp"]
        return names.filter { extensions.contains(($0 as NSString).pathExtension.lowercased()) }.sorted()
            .map { (folder as NSString).appendingPathComponent($0) }
    }
}
