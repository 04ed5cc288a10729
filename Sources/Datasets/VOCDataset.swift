import XML
import Foundation
import Images
import MultiBox

/// A dataset in the layout of Pascal VOC: `JPEGImages/`, `Annotations/` and, where there are splits,
/// `ImageSets/Main/SPLIT.txt`.
///
/// Corners are 1-based and inclusive, as the VOC development kit defines them: the pixels xmin to xmax are the interval
/// xmin − 1 to xmax of continuous coordinates. (ssd.pytorch subtracts 1 from all four corners, Caffe from none; this is
/// between the two, and what evaluation does.) A box with xmax ≤ xmin or ymax ≤ ymin as written is degenerate, whatever
/// the convention. Tools that count from 0 write boxes that reach out by a pixel; these are cut off without a report.
public struct VOCDataset: DetectionDataset {
    /// The largest list of photos, in bytes.
    public static let maximumSplitBytes = 64 << 20
    /// The most photos.
    public static let maximumPhotos = 1 << 22

    /// Where the dataset is.
    public let root: String
    /// The name of the list of photos; nil for all that are annotated.
    public let split: String?
    /// The names of the classes; index 0 is the background.
    public let labels: LabelMap
    /// The photos, in the file's order.
    public let photos: [DatasetPhoto]
    /// What was wrong, in the order of the photos.
    public let problems: [DatasetProblem]
    /// Why photos are missing, in their order.
    public let errors: [DatasetError]
    /// The files that it was read from, besides the photos.
    public let annotationFiles: [String]

    /// Reads all annotations of a split.
    ///
    /// - Parameters:
    ///   - root: The folder.
    ///   - split: Which list of photos: "train", "val", "trainval", "test"; nil for all that are annotated, by name.
    ///   - labels: The classes, with the background. Without, the VOC classes if all objects are of these, else the
    ///     names found, in alphabetical order: pass the training split's to every other split.
    ///   - unusable: What happens to a photo that cannot be used.
    /// - Throws: what cannot be used. Objects with faults are left out and reported in `problems`.
    public init(
        root: String, split: String?, labels: LabelMap? = nil, unusable: UnusablePhotos = .refused
    ) throws(DatasetError) {
        let list = split.map { "\(root)/ImageSets/Main/\($0).txt" } ?? "\(root)/Annotations"
        guard split?.contains("/") != true else { throw DatasetFiles.absent(list) }
        var errors: [DatasetError] = []
        func leaveOut(_ error: DatasetError) throws(DatasetError) {
            guard unusable == .leftOut else { throw error }
            errors.append(error)
        }
        let names =
            split == nil
            ? try Self.annotatedNames(list)
            : try Self.photoNames(list) { (error) throws(DatasetError) in
                try leaveOut(error)
            }
        var entries: [Entry] = []
        entries.reserveCapacity(names.count)
        for name in names {
            do throws(DatasetError) { entries.append(try Self.entry(root, name, id: entries.count)) } catch {
                try leaveOut(error)
            }
        }
        let map: LabelMap
        if let labels {
            map = labels
        } else {
            do throws(DatasetError) { map = try Self.labels(of: entries.map(\.annotation), list: list) } catch {
                // Why there are no objects is in `errors`.
                guard !errors.isEmpty else { throw error }
                map = .pascalVOC
            }
        }
        var problems: [DatasetProblem] = []
        photos = entries.map { entry in
            let photo = entry.photo
            let objects = Self.objects(
                entry.annotation, labels: map, size: photo.size, file: entry.file, problems: &problems)
            return DatasetPhoto(id: photo.id, path: photo.path, size: photo.size, objects: objects)
        }
        self.problems = problems
        self.errors = errors
        annotationFiles = entries.map(\.file) + (split == nil ? [] : [list])
        self.labels = map
        self.root = root
        self.split = split
    }

    /// A photo without its objects, the file that tells them, and what that says.
    private typealias Entry = (photo: DatasetPhoto, file: String, annotation: VOCAnnotation)

    private static func entry(_ root: String, _ name: String, id: Int) throws(DatasetError) -> Entry {
        let file = "\(root)/Annotations/\(name).xml"
        let bytes = try DatasetFiles.bytes(file, limit: XMLReader.maximumBytes)
        let annotation: VOCAnnotation
        do { annotation = try VOCAnnotation(parsing: bytes) } catch { throw .annotation(path: file, error) }
        let path = try photoPath(root, name)
        let size = try size(annotation, photo: path)
        return (DatasetPhoto(id: id, path: path, size: size, objects: []), file, annotation)
    }

    /// The names in a list: the first word of each line, since lists of one class have a second column.
    ///
    /// - Parameter leaveOut: Called for a line that is left out, unless it throws.
    private static func photoNames(
        _ path: String, leaveOut: (DatasetError) throws(DatasetError) -> Void
    ) throws(DatasetError) -> [String] {
        let bytes = try DatasetFiles.bytes(path, limit: maximumSplitBytes)
        var names: [String] = []
        var known: Set<String> = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let word = words.first else { continue }
            guard let name = String(validating: word, as: UTF8.self), name.utf8.count <= 255, !name.hasPrefix("."),
                !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0)
            else {
                try leaveOut(.invalidPhotoName(path: path, line: index + 1))
                continue
            }
            guard known.insert(name).inserted else {
                try leaveOut(.namedAgain(path: path, line: index + 1, name: name))
                continue
            }
            guard names.count < maximumPhotos else { throw .tooManyPhotos(path: path, limit: maximumPhotos) }
            names.append(name)
        }
        guard !names.isEmpty else { throw .emptySplit(path: path) }
        return names
    }

    /// The names of all annotations of a folder, in order.
    private static func annotatedNames(_ folder: String) throws(DatasetError) -> [String] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw DatasetFiles.absent(folder)
        }
        let names = files.filter { $0.hasSuffix(".xml") && !$0.hasPrefix(".") }.map { String($0.dropLast(4)) }
        guard !names.isEmpty else { throw .emptySplit(path: folder) }
        guard names.count <= maximumPhotos else { throw .tooManyPhotos(path: folder, limit: maximumPhotos) }
        return names.sorted()
    }

    private static func photoPath(_ root: String, _ name: String) throws(DatasetError) -> String {
        let stem = "\(root)/JPEGImages/\(name)"
        for ending in ["jpg", "jpeg", "png", "webp", "JPG"] where DatasetFiles.exists("\(stem).\(ending)") {
            return "\(stem).\(ending)"
        }
        throw DatasetFiles.absent("\(stem).jpg")
    }

    /// The annotated size or, where there is none, that of the photo.
    private static func size(_ annotation: VOCAnnotation, photo: String) throws(DatasetError) -> ImageSize {
        if let width = annotation.width, let height = annotation.height {
            return ImageSize(width: width, height: height)
        }
        let bytes = try DatasetFiles.bytes(photo, limit: DatasetFiles.maximumPhotoBytes)
        do { return try ImageDecoder(limits: .ofOwnFiles).inspect(bytes).uprightSize } catch {
            throw .photo(path: photo, error)
        }
    }

    private static func labels(of annotations: [VOCAnnotation], list: String) throws(DatasetError) -> LabelMap {
        let names = Set(annotations.flatMap { $0.objects.map(\.name) }).subtracting([""])
        guard !names.isEmpty else { throw .noObjects(path: list) }
        if names.isSubset(of: LabelMap.pascalVOC.names.compactMap { $0 }) { return .pascalVOC }
        do {
            return try LabelMap(names: [nil] + names.sorted(), hasBackground: true)
        } catch { throw .labels(error) }
    }

    private static func objects(
        _ annotation: VOCAnnotation, labels: LabelMap, size: ImageSize, file: String,
        problems: inout [DatasetProblem]
    ) -> [AnnotatedObject] {
        var objects: [AnnotatedObject] = []
        for (index, object) in annotation.objects.enumerated() {
            func report(_ kind: DatasetProblem.Kind) {
                problems.append(
                    DatasetProblem(file: file, object: index + 1, className: object.name, kind: kind))
            }
            guard let classIndex = labels.names.firstIndex(of: object.name) else {
                report(.unknownClass(object.name))
                continue
            }
            guard let corners = object.corners else {
                report(.missingBox)
                continue
            }
            let (xmin, ymin, xmax, ymax) = corners
            // A single pixel is no object: such boxes are slips of the annotator.
            guard xmax > xmin, ymax > ymin else {
                report(.degenerateBox(xmin: xmin, ymin: ymin, xmax: xmax, ymax: ymax))
                continue
            }
            let (box, problem) = BoxNormalization.box(
                left: xmin - 1, top: ymin - 1, right: xmax, bottom: ymax, size: size, written: corners)
            if let problem { report(problem) }
            guard let box else { continue }
            objects.append(AnnotatedObject(box: box, classIndex: classIndex, isDifficult: object.isDifficult))
        }
        return objects
    }
}
