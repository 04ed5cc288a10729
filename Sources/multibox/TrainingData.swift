import Foundation
import MultiBox
import Training

/// The photos that a detector is trained and evaluated on.
struct TrainingData {
    let training: any DetectionDataset
    let validation: (any DetectionDataset)?

    /// Opens a Pascal VOC folder, by its `ImageSets`, or a COCO one, by its `instances.json`.
    ///
    /// - Parameters:
    ///   - split: The photos trained on. In a COCO folder, which has none, that of `instances.json` is all there is
    ///     unless `instances_SPLIT.json` exists.
    ///   - validationSplit: The photos evaluated on; nil for none.
    init(folder: String, split: String, validationSplit: String?) throws {
        training = try Self.open(folder, split: split, labels: nil)
        let labels = training.labels
        validation = try validationSplit.map { try Self.open(folder, split: $0, labels: labels) }
    }

    /// Opens one split of a dataset.
    static func open(_ folder: String, split: String, labels: LabelMap?) throws -> any DetectionDataset {
        func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + path) }
        do {
            if exists("ImageSets/Main") { return try VOCDataset(root: folder, split: split, labels: labels) }
            if exists("instances_\(split).json") {
                return try COCODataset(
                    annotations: "\(folder)/instances_\(split).json", images: folder + "/images", labels: labels)
            }
            if exists("instances.json") { return try COCODataset(root: folder, labels: labels) }
        } catch { throw Failure("\(error)") }
        throw Failure("\(folder) is no dataset: it has neither ImageSets/Main (Pascal VOC) nor instances.json (COCO)")
    }
}
