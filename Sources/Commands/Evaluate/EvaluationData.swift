import Datasets
import Evaluation
import Foundation
import MultiBox
import Training

/// Photos with ground truth: a COCO dataset, or a Pascal VOC one.
struct EvaluationData {
    /// A photo and what it shows.
    struct Photo {
        var id: Int
        var path: String
        var truths: [GroundTruth]
    }

    /// A class of objects.
    struct Category {
        var id: Int
        var name: String
    }

    let photos: [Photo]
    let categories: [Category]
    /// The files that say what the photos show.
    private let annotationFiles: [String]
    /// Objects that were left out or cut off, as they were not as they should be.
    private let problems: [DatasetProblem]

    /// All files that are read.
    var files: [String] { annotationFiles + photos.map(\.path) }

    /// Looks for what would make an evaluation worthless, before hours are spent on it.
    ///
    /// - Parameter needsObjects: Whether there must be something to find.
    func check(needsObjects: Bool) throws {
        let missing = photos.filter { !FileManager.default.fileExists(atPath: $0.path) }.map(\.path)
        if let first = missing.first {
            throw Failure(
                missing.count == 1
                    ? "the photo \(first) is not there"
                    : "\(missing.count) of \(photos.count) photos are not there, the first is \(first)")
        }
        if let first = problems.first {
            let leftOut = problems.count { $0.isLeftOut }
            StandardError.write(
                "multibox: of the data, \(leftOut) objects are left out and \(problems.count - leftOut) cut off; "
                    + "the first: \(first)\n")
        }
        guard needsObjects, photos.allSatisfy({ $0.truths.allSatisfy(\.isCrowd) }) else { return }
        throw Failure("none of the \(photos.count) photos shows an object, so that there is nothing to measure")
    }

    /// A folder, or a COCO file and a folder of photos named apart.
    ///
    /// - Parameter split: Of a VOC folder, the list of photos; of a COCO one, which `instances_SPLIT.json` to take. Unless
    ///   said otherwise, `val` of a VOC folder and all of a COCO one, or the other where there is no such.
    init(dataset: String?, split: String?, annotations: String?, images: String?) throws {
        switch (dataset, annotations, images) {
        case (let dataset?, nil, nil):
            func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: dataset + "/" + path) }
            if exists("Annotations") {
                try self.init(voc: dataset, split: split ?? (exists("ImageSets/Main/val.txt") ? "val" : nil))
                return
            }
            let hasOnlyVal = !exists("instances.json") && exists("instances_val.json")
            let file = (split ?? (hasOnlyVal ? "val" : nil)).map { "instances_\($0).json" } ?? "instances.json"
            guard exists(file) else {
                throw Failure("\(dataset) is no dataset: it has neither Annotations (Pascal VOC) nor \(file) (COCO)")
            }
            try self.init(instances: dataset + "/" + file, folder: dataset + "/images")
        case (nil, let annotations?, let images?):
            guard split == nil else { throw Failure.usage("--split goes with --data") }
            try self.init(instances: annotations, folder: images)
        default: throw Failure.usage("name the data with --data, or with --annotations and --images")
        }
    }

    private init(voc root: String, split: String?) throws {
        let dataset: VOCDataset
        do { dataset = try VOCDataset(root: root, split: split) } catch { throw Failure("\(error)") }
        photos = dataset.photos.map { photo in
            Photo(
                id: photo.id, path: photo.path,
                truths: photo.objects.map { object in
                    GroundTruth(
                        box: PixelBox(object.box, imageWidth: photo.size.width, imageHeight: photo.size.height),
                        categoryID: object.classIndex, isCrowd: object.isCrowd, isDifficult: object.isDifficult)
                })
        }
        (annotationFiles, problems) = (dataset.annotationFiles, dataset.problems)
        categories = dataset.labels.names.enumerated().compactMap { index, name in
            index == 0 ? nil : name.map { Category(id: index, name: $0) }
        }
    }

    private init(instances file: String, folder: String) throws {
        let bytes = try FileReading.bytes(file, limit: COCOInstances.maximumBytes)
        let instances: COCOInstances
        do { instances = try COCOInstances(parsing: bytes) } catch { throw Failure("\(file): \(error)") }
        guard !instances.images.isEmpty else { throw Failure("\(file) names no images") }
        let truths = instances.groundTruthsByImage
        photos = try instances.images.map { image in
            Photo(id: image.id, path: try Self.path(of: image, in: folder), truths: truths[image.id] ?? [])
        }
        (annotationFiles, problems) = ([file], [])
        categories = instances.categories.map { Category(id: $0.id, name: $0.name) }
    }

    /// The file of a photo. Its name comes from the dataset and may not lead out of the photo folder.
    private static func path(of image: COCOInstances.Image, in folder: String) throws -> String {
        let parts = image.fileName.split(separator: "/", omittingEmptySubsequences: false)
        guard !image.fileName.hasPrefix("/"), !parts.contains(".."), !image.fileName.utf8.contains(0) else {
            throw Failure("the dataset names a photo outside its folder: \(image.fileName)")
        }
        return (folder as NSString).appendingPathComponent(image.fileName)
    }
}
