import Foundation
import Images
import MultiBox
import Training

/// What `train --check-data` says and draws: whether the annotations are what they should be, before hours are spent on
/// them.
struct DataCheck {
    /// Problems that are listed; the others are counted.
    private static let listedProblems = 50
    /// Photos of a contact sheet.
    private static let photosOfSheet = 24

    let data: TrainingData
    let settings: TrainingSettings

    /// Prints the summary of each split and writes `photos.png` and `augmented.png`.
    func run(folder: String) throws {
        try report(data.training, split: settings.split)
        if let validation = data.validation, let split = settings.validationSplit {
            try report(validation, split: split)
        }
        let photos = try sheet { $0 }
        var random = RandomStream(seed: settings.seed)
        let augmented = try sheet { photo in
            let window = settings.augmentation(photo.image, objects: photo.objects, using: &random)
            return (window.image(), window.objects)
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch { throw Failure("cannot write \(folder): \(FileReading.reason(error))") }
        try write(photos, to: folder + "/photos.png")
        try write(augmented, to: folder + "/augmented.png")
        try StandardOutput.show(
            "photos with their boxes: \(folder)/photos.png; as trained on: \(folder)/augmented.png\n")
    }

    private func report(_ dataset: any DetectionDataset, split: String) throws {
        let summary = DatasetSummary(dataset)
        var text = "\(split): \(summary)\n"
        for problem in summary.problems.prefix(Self.listedProblems) { text += "  \(problem)\n" }
        let more = summary.problems.count - Self.listedProblems
        if more > 0 { text += "  and \(more) more\n" }
        try StandardOutput.show(text + "\n")
    }

    /// Photos from all over the training split, changed by `change`.
    private func sheet(
        _ change: ((image: PixelImage, objects: [AnnotatedObject])) -> (image: PixelImage, objects: [AnnotatedObject])
    ) throws -> PixelImage {
        let photos = data.training.photos
        let count = min(Self.photosOfSheet, photos.count)
        let tiles = try (0..<count).map { index in
            let photo = photos[index * photos.count / count]
            do { return change((try data.training.pixels(of: photo), photo.objects)) } catch {
                throw Failure("\(error)")
            }
        }
        return ContactSheet(columns: 6, tileSide: 320).render(tiles, labels: data.training.labels)
    }

    private func write(_ image: PixelImage, to path: String) throws {
        do { try Data(try ImageEncoder.png(image)).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw Failure("cannot write \(path): \(FileReading.reason(error))")
        }
    }
}
