import Foundation
import Platform

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

    /// Photos of what a person named: files as they are, the JPEG, PNG and WebP files of folders, and of those in them, in the
    /// order of their paths, `-` for standard input.
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
        do {
            return try FileTree.files(in: folder, endings: endings, limit: maximumPhotos)
        } catch {
            switch error {
            case .folder(.unreadable(let path, let reason)):
                throw Failure("cannot read the folder \(path): \(reason)")
            case .folder(let error): throw Failure("\(error)")
            case .tooManyFiles(let limit): throw Failure("\(folder) has more than \(limit) photos")
            }
        }
    }

    /// What photos in folders end in.
    private static let endings: Set<String> = ["jpg", "jpeg", "png", "webp"]
    /// The most photos of a folder.
    private static let maximumPhotos = 1 << 22
}
