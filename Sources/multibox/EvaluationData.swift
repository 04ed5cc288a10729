import Evaluation
import Foundation

/// Photos with ground truth, as COCO lays them out.
struct EvaluationData {
    let instances: COCOInstances
    private let folder: String

    /// A folder with `images/` and `instances.json`, or a file and a folder named apart.
    init(dataset: String?, annotations: String?, images: String?) throws {
        let file: String
        switch (dataset, annotations, images) {
        case (let dataset?, nil, nil):
            let root = dataset as NSString
            (file, folder) = (root.appendingPathComponent("instances.json"), root.appendingPathComponent("images"))
            guard FileManager.default.fileExists(atPath: file) else {
                throw Failure("\(dataset) is no COCO dataset: it has no instances.json")
            }
        case (nil, let annotations?, let images?): (file, folder) = (annotations, images)
        default: throw Failure.usage("name the data with --data, or with --annotations and --images")
        }
        let bytes = try FileReading.bytes(file, limit: COCOInstances.maximumBytes)
        do { instances = try COCOInstances(parsing: bytes) } catch { throw Failure("\(file): \(error)") }
        guard !instances.images.isEmpty else { throw Failure("\(file) names no images") }
    }

    /// The file of a photo. Its name comes from the dataset and may not lead out of the photo folder.
    func path(of image: COCOInstances.Image) throws -> String {
        let parts = image.fileName.split(separator: "/", omittingEmptySubsequences: false)
        guard !image.fileName.hasPrefix("/"), !parts.contains(".."), !image.fileName.utf8.contains(0) else {
            throw Failure("the dataset names a photo outside its folder: \(image.fileName)")
        }
        return (folder as NSString).appendingPathComponent(image.fileName)
    }
}
