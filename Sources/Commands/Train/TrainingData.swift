import Datasets
import Foundation
import MultiBox
import Training

/// The photos that a detector is trained and evaluated on.
struct TrainingData {
    let training: any DetectionDataset
    let validation: (any DetectionDataset)?
    /// What the photos trained on are called.
    let split: String
    /// What those evaluated on are called; nil for none.
    let validationSplit: String?
    private let folder: String

    /// What all photos of a folder without splits are called.
    private static let whole = "all"

    /// Opens a Pascal VOC folder, by its `Annotations`, or a COCO one, by its `instances.json`.
    ///
    /// - Parameters:
    ///   - split: The photos trained on; nil for `train` or, where there is no such split, all photos.
    ///   - validationSplit: The photos evaluated on, "none" for none; nil for `val` or, where there is no such split, none.
    ///   - unusable: What happens to a photo that cannot be used.
    init(folder: String, split: String?, validationSplit: String?, unusable: UnusablePhotos = .refused) throws {
        self.folder = folder
        let layout = try Layout(folder)
        self.split = split ?? (layout.has("train") ? "train" : Self.whole)
        let validationSplit = validationSplit ?? (layout.has("val") ? "val" : "none")
        self.validationSplit = validationSplit == "none" ? nil : validationSplit
        let training = try layout.open(
            split == nil && self.split == Self.whole ? nil : self.split, labels: nil, unusable)
        self.training = training
        validation = try self.validationSplit.map { try layout.open($0, labels: training.labels, unusable) }
    }

    /// All files that are read.
    var files: [String] {
        [training, validation].compactMap { $0 }.flatMap { dataset in
            dataset.annotationFiles + dataset.photos.map(\.path)
        }
    }

    /// Refuses data from which nothing can be learnt, or by which nothing can be judged.
    func checkObjects() throws {
        let photos = training.photos.count
        guard DatasetSummary(training).objects > 0 else {
            throw Failure("\(folder), \(split): none of the \(photos) photos shows an object to train on")
        }
        guard let validation, let validationSplit, DatasetSummary(validation).objects == 0 else { return }
        throw Failure(
            "\(folder), \(validationSplit): none of the \(validation.photos.count) photos shows an object to evaluate "
                + "on; --validation-split none trains without an evaluation")
    }

    /// How a folder of photos and their objects is laid out.
    private enum Layout {
        case voc(String)
        case coco(String)

        init(_ folder: String) throws {
            func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + path) }
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            if exists("Annotations") {
                self = .voc(folder)
            } else if files.contains(where: { $0.hasPrefix("instances") && $0.hasSuffix(".json") }) {
                self = .coco(folder)
            } else {
                throw Failure(
                    "\(folder) is no dataset: it has neither Annotations (Pascal VOC) nor instances.json (COCO)")
            }
        }

        /// The list of the photos of a split.
        private func list(_ split: String) -> String {
            switch self {
            case .voc(let folder): "\(folder)/ImageSets/Main/\(split).txt"
            case .coco(let folder): "\(folder)/instances_\(split).json"
            }
        }

        func has(_ split: String) -> Bool { FileManager.default.fileExists(atPath: list(split)) }

        /// Opens a split; nil for all photos.
        func open(_ split: String?, labels: LabelMap?, _ unusable: UnusablePhotos) throws -> any DetectionDataset {
            do {
                switch self {
                case .voc(let folder):
                    return try VOCDataset(root: folder, split: split, labels: labels, unusable: unusable)
                case .coco(let folder):
                    let annotations = split.map(list) ?? "\(folder)/instances.json"
                    return try COCODataset(annotations: annotations, images: folder + "/images", labels: labels)
                }
            } catch { throw Failure("\(error)") }
        }
    }
}
