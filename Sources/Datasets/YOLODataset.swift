import Foundation
import Images
import MultiBox
import Platform

/// A dataset in YOLO's layout: for each photo of `images/` a file of `labels/` with a line an object.
///
/// Classes are numbered from 1, since index 0 is the background; `categoryID` gives the number that label files have. A
/// photo without a label file shows nothing. Where a line is the outline of an object, its box is that of the outline.
public struct YOLODataset: DetectionDataset {
    /// The largest list of photos, in bytes.
    static let maximumListBytes = 64 << 20
    /// The most photos.
    static let maximumPhotos = 1 << 22

    /// The names of the classes; index 0 is the background.
    public let labels: LabelMap
    /// The photos: those of a folder in the order of their paths, those of a list in its order.
    public let photos: [DatasetPhoto]
    /// What was wrong, in the order of the photos.
    public let problems: [DatasetProblem]
    /// Why photos are missing, in their order.
    public let errors: [DatasetError]
    /// The files that it was read from, besides the photos.
    public let annotationFiles: [String]
    /// The number of each class in label files; index 0, the background, has none.
    private let numbers: [Int?]

    /// Reads the photos and labels of a part.
    ///
    /// - Parameters:
    ///   - description: what `data.yaml` or the folders say.
    ///   - split: which part: "train", "val", "test"; nil for all photos.
    ///   - labels: the classes, with the background, by name; without, the description's own.
    ///   - unusable: what happens to a photo that cannot be used.
    /// - Throws: what cannot be used. Objects with faults are left out and reported in `problems`.
    public init(
        _ description: YOLODescription, split: String?, labels: LabelMap? = nil, unusable: UnusablePhotos = .refused
    ) throws(DatasetError) {
        if let split, description.splits[split] == nil {
            throw .noSplit("\(split) in \(description.root)", known: description.splits.keys.sorted())
        }
        let places = split.flatMap { description.splits[$0] } ?? description.places
        let map: LabelMap
        if let labels {
            map = labels
        } else {
            do { map = try LabelMap(names: [nil] + description.names, hasBackground: true) } catch {
                throw .labels(error)
            }
        }
        var numbers = [Int?](repeating: nil, count: map.count)
        let classIndices = description.names.enumerated().map { number, name -> Int? in
            guard let name, let index = map.names.firstIndex(of: name) else { return nil }
            numbers[index] = number
            return index
        }
        var (photos, problems, errors): ([DatasetPhoto], [DatasetProblem], [DatasetError]) = ([], [], [])
        var files = [description.labelsFile]
        func leaveOut(_ error: DatasetError) throws(DatasetError) {
            guard unusable == .leftOut else { throw error }
            errors.append(error)
        }
        let found = try Self.paths(places, root: description.root) { (error) throws(DatasetError) in
            try leaveOut(error)
        }
        for path in found {
            do throws(DatasetError) {
                let size = try Self.size(path)
                let file = Self.labelFile(of: path)
                guard DatasetFiles.exists(file) else {
                    photos.append(DatasetPhoto(id: photos.count, path: path, size: size, objects: []))
                    continue
                }
                let lines = try YOLOLabels(file: file, hasPoses: description.hasPoses)
                let objects = lines.annotated(size: size, names: description.names, indices: classIndices, &problems)
                photos.append(DatasetPhoto(id: photos.count, path: path, size: size, objects: objects))
                files.append(file)
            } catch { try leaveOut(error) }
        }
        guard !photos.isEmpty || !errors.isEmpty else { throw .emptySplit(path: places.joined(separator: ", ")) }
        (self.labels, self.photos, self.problems, self.errors) = (map, photos, problems, errors)
        (self.numbers, annotationFiles) = (numbers, files)
    }

    /// The number that label files have for a class.
    public func categoryID(ofClass index: Int) -> Int { numbers[index] ?? index }

    // MARK: Photos

    /// The photos of folders, with what lies deeper in them, and of lists; each once.
    private static func paths(
        _ places: [String], root: String, leaveOut: (DatasetError) throws(DatasetError) -> Void
    ) throws(DatasetError) -> [String] {
        var paths: [String] = []
        var known: Set<String> = []
        for place in places {
            let isList = place.lowercased().hasSuffix(".txt")
            let found = try isList ? list(place, root: root, leaveOut) : folder(place)
            for path in found where known.insert(path).inserted {
                guard paths.count < maximumPhotos else { throw .tooManyPhotos(path: place, limit: maximumPhotos) }
                paths.append(path)
            }
        }
        return paths
    }

    private static func folder(_ path: String) throws(DatasetError) -> [String] {
        do {
            return try FileTree.files(in: path, endings: DatasetFiles.photoEndings, limit: maximumPhotos)
        } catch {
            switch error {
            case .folder(let error): throw .file(error)
            case .tooManyFiles(let limit): throw .tooManyPhotos(path: path, limit: limit)
            }
        }
    }

    /// The photos of a list, a line each: beside the list where they begin with `./`, else in the dataset's folder.
    private static func list(
        _ path: String, root: String, _ leaveOut: (DatasetError) throws(DatasetError) -> Void
    ) throws(DatasetError) -> [String] {
        let bytes = try DatasetFiles.bytes(path, limit: maximumListBytes)
        let folder = (path as NSString).deletingLastPathComponent
        var paths: [String] = []
        var known: Set<String> = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = String(validating: line, as: UTF8.self)?.trimmingCharacters(in: .whitespacesAndNewlines)
            if text?.isEmpty == true { continue }
            guard let text, text.utf8.count <= 4096, !text.utf8.contains(0), !text.split(separator: "/").contains("..")
            else {
                try leaveOut(.invalidPhotoName(path: path, line: index + 1))
                continue
            }
            let photo =
                text.hasPrefix("/") ? text : text.hasPrefix("./") ? "\(folder)/\(text.dropFirst(2))" : "\(root)/\(text)"
            guard known.insert(photo).inserted else {
                try leaveOut(.namedAgain(path: path, line: index + 1, name: text))
                continue
            }
            guard paths.count < maximumPhotos else { throw .tooManyPhotos(path: path, limit: maximumPhotos) }
            paths.append(photo)
        }
        guard !paths.isEmpty else { throw .emptySplit(path: path) }
        return paths
    }

    /// The file of a photo's labels: the last `images` of its path becomes `labels`; beside it where there is none.
    static func labelFile(of photo: String) -> String {
        var path = photo
        if let range = path.range(of: "/images/", options: .backwards) {
            path.replaceSubrange(range, with: "/labels/")
        } else if path.hasPrefix("images/") {
            path = "labels/" + path.dropFirst(7)
        }
        return (path as NSString).deletingPathExtension + ".txt"
    }

    private static func size(_ photo: String) throws(DatasetError) -> ImageSize {
        let bytes = try DatasetFiles.bytes(photo, limit: DatasetFiles.maximumPhotoBytes)
        do { return try ImageDecoder(limits: .ofOwnFiles).inspect(bytes).uprightSize } catch {
            throw .photo(path: photo, error)
        }
    }
}
