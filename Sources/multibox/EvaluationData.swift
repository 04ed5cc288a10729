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
