import Datasets
import Foundation
import MultiBox

/// The photos that a detector is trained and evaluated on.
struct TrainingData {
    private(set) var training: any DetectionDataset
    private(set) var validation: (any DetectionDataset)?
    /// The share of the photos that is held out.
    private(set) var heldOutShare: Float = 0
    /// What the photos trained on are called.
    let split: String
    /// What those evaluated on are called; nil for none.
    let validationSplit: String?
    private let name: String

    /// What all photos of a folder without splits are called.
    private static let whole = "all"
    /// What stands for no evaluation.
    static let none = "none"

    /// Opens a dataset.
    ///
    /// - Parameters:
    ///   - name: What to call it.
    ///   - split: The photos trained on; nil for `train` or, where there is no such split, all photos.
    ///   - validationSplit: The photos evaluated on, "none" for none; nil for `val` or, where there is no such split, none. Of
    ///     data that is named by its files, another file of objects.
    ///   - unusable: What happens to a photo that cannot be used.
    init(
        _ source: DatasetArguments.Source, name: String, split: String?, validationSplit: String?,
        unusable: UnusablePhotos = .refused
    ) throws {
        self.name = name
        var part: String?
        switch source {
        case .folder(let folder):
            part = split ?? (folder.has("train") ? "train" : nil)
            let validation = validationSplit ?? (folder.has("val") ? "val" : Self.none)
            self.validationSplit = validation == Self.none ? nil : validation
        case .files:
            guard split == nil else { throw Failure.usage("--split goes with --data") }
            self.validationSplit = validationSplit == Self.none ? nil : validationSplit
        }
        self.split = part ?? Self.whole
        let training = try source.open(part, unusable: unusable)
        self.training = training
        validation = try self.validationSplit.map { split in
            guard case .files(_, let images) = source else {
                return try source.open(split, labels: training.labels, unusable: unusable)
            }
            return try DatasetArguments.Source.files(annotations: split, images: images)
                .open(nil, labels: training.labels)
        }
    }

    /// Holds a share of the photos out to evaluate on; nothing for 0.
    mutating func holdOut(_ share: Float, seed: UInt64) {
        guard share > 0 else { return }
        let (left, heldOut) = training.holdingOut(share, seed: seed)
        (training, validation, heldOutShare) = (left, heldOut, share)
        StandardError.write(
            "\(heldOut.photos.count) of the \(left.photos.count + heldOut.photos.count) photos are held out to evaluate on\n"
        )
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
            throw Failure("\(name), \(split): none of the \(photos) photos shows an object to train on")
        }
        guard let validation, let validationSplit, DatasetSummary(validation).objects == 0 else { return }
        throw Failure(
            "\(name), \(validationSplit): none of the \(validation.photos.count) photos shows an object to evaluate "
                + "on; --validation-split none trains without an evaluation")
    }
}
