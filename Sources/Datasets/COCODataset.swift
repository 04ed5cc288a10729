import Evaluation
import Images
import MultiBox

/// A dataset in COCO's form: a folder of photos and a JSON file of their objects.
///
/// Classes are numbered from 1 in the order of their numbers in the file, without its gaps; `categoryIDs` leads back.
public struct COCODataset: DetectionDataset {
    /// The names of the classes; index 0 is the background.
    public let labels: LabelMap
    /// The photos, in the file's order.
    public let photos: [DatasetPhoto]
    /// What was wrong, in the order of the photos.
    public let problems: [DatasetProblem]
    /// The file's number of each class; index 0, the background, has none.
    public let categoryIDs: [Int?]
    /// Yes.
    public var numbersPhotos: Bool { true }
    /// The file of the objects.
    public let annotationFiles: [String]

    /// The file's number of a class.
    public func categoryID(ofClass index: Int) -> Int { categoryIDs[index] ?? index }

    /// Reads `images/` and `instances.json` of a folder.
    public init(root: String, labels: LabelMap? = nil) throws(DatasetError) {
        try self.init(annotations: "\(root)/instances.json", images: "\(root)/images", labels: labels)
    }

    /// Reads the objects of a file about the photos of a folder.
    ///
    /// - Parameters:
    ///   - annotations: The JSON file.
    ///   - images: The folder that its file names are relative to.
    ///   - labels: The classes, with the background, by name; without, the file's own.
    /// - Throws: what cannot be used. Objects with faults are left out and reported in `problems`.
    public init(annotations: String, images: String, labels: LabelMap? = nil) throws(DatasetError) {
        let bytes = try DatasetFiles.bytes(annotations, limit: COCOInstances.maximumBytes)
        let instances: COCOInstances
        do { instances = try COCOInstances(parsing: bytes) } catch {
            throw .instances(path: annotations, reason: "\(error)")
        }
        guard !instances.images.isEmpty else { throw .emptySplit(path: annotations) }
        let categories = instances.categories.sorted { $0.id < $1.id }
        let map: LabelMap
        if let labels {
            map = labels
        } else {
            do { map = try LabelMap(names: [nil] + categories.map(\.name), hasBackground: true) } catch {
                throw .labels(error)
            }
        }
        var classIndices: [Int: Int] = [:]
        var categoryIDs = [Int?](repeating: nil, count: map.count)
        for category in categories {
            guard let index = map.names.firstIndex(of: category.name) else { continue }
            classIndices[category.id] = index
            categoryIDs[index] = category.id
        }
        let names = Dictionary(categories.map { ($0.id, $0.name) }) { first, _ in first }
        let byImage = Dictionary(grouping: instances.annotations, by: \.imageID)
        var problems: [DatasetProblem] = []
        photos = instances.images.map { image in
            let size = ImageSize(width: image.width, height: image.height)
            var (objects, truths): ([AnnotatedObject], [GroundTruth]) = ([], [])
            for annotation in byImage[image.id] ?? [] {
                let (truth, className) = (annotation.truth, names[annotation.truth.categoryID] ?? "")
                func report(_ kind: DatasetProblem.Kind) {
                    problems.append(
                        DatasetProblem(file: annotations, object: annotation.id, className: className, kind: kind))
                }
                guard let classIndex = classIndices[truth.categoryID] else {
                    report(.unknownClass(className))
                    continue
                }
                var ofClass = truth
                ofClass.categoryID = classIndex
                truths.append(ofClass)
                let (right, bottom) = (truth.box.x + truth.box.width, truth.box.y + truth.box.height)
                let (box, problem) = BoxNormalization.box(
                    left: truth.box.x, top: truth.box.y, right: right, bottom: bottom, size: size,
                    written: (truth.box.x, truth.box.y, right, bottom))
                if let problem { report(problem) }
                guard let box else { continue }
                objects.append(
                    AnnotatedObject(
                        box: box, classIndex: classIndex, isCrowd: truth.isCrowd,
                        score: annotation.score.map { Float($0) } ?? 1))
            }
            return DatasetPhoto(
                id: image.id, path: "\(images)/\(image.fileName)", size: size, objects: objects, truths: truths)
        }
        self.problems = problems
        self.labels = map
        self.categoryIDs = categoryIDs
        annotationFiles = [annotations]
    }
}
