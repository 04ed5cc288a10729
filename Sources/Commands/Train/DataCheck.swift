import Reports
import Datasets
import Foundation
import Images
import MultiBox
import Platform
import Training

/// What `train --check-data` says and draws: whether photos and annotations are what they should be, before hours are spent
/// on them.
struct DataCheck {
    /// Problems that are listed; the others are counted.
    private static let listedProblems = 50
    /// Photos of a contact sheet.
    private static let photosOfSheet = 24

    let data: TrainingData
    let settings: TrainingSettings
    let threads: Int

    /// Prints the summary of each split with what is wrong, and writes `photos.png` and `augmented.png`.
    ///
    /// - Throws: also if a photo or an annotation cannot be used, or if there are no objects, when all was said and drawn.
    func run(folder: String, force: Bool) throws {
        let sheets = ["photos.png", "augmented.png"].map { folder + "/" + $0 }
        do { try OutputFolder.make(folder) } catch { throw Failure("\(error)") }
        try PlannedOutputs.check(sheets, inputs: data.files, force: force)
        let usable = try report(data.training, split: settings.split)
        var unusable = data.training.photos.count + data.training.errors.count - usable.count
        if let validation = data.validation, let split = settings.validationSplit {
            let usable = try report(validation, split: split)
            unusable += validation.photos.count + validation.errors.count - usable.count
        }
        if !usable.isEmpty {
            let photos = try sheet(of: usable) { $0 }
            var random = RandomStream(seed: settings.seed)
            let augmented = try sheet(of: usable) { photo in
                let window = settings.augmentation(photo.image, objects: photo.objects, using: &random)
                return (window.image(), window.objects)
            }
            for (path, image) in zip(sheets, [photos, augmented]) { try write(image, to: path, force: force) }
            try StandardOutput.show("photos with their boxes: \(sheets[0]); as trained on: \(sheets[1])\n")
        }
        guard unusable == 0 else {
            throw Failure(
                "\(unusable) \(unusable == 1 ? "photo or its annotation" : "photos or annotations") cannot be used")
        }
        try data.checkObjects()
    }

    /// Tells of a split; the photos that can be used.
    private func report(_ dataset: any DetectionDataset, split: String) throws -> [DatasetPhoto] {
        var (usable, errors): ([DatasetPhoto], [DatasetError]) = ([], dataset.errors)
        var progress = Progress(title: split, total: dataset.photos.count)
        defer { progress.finish() }
        let photos = dataset.photos
        OrderedWorkers<DatasetError?>(workers: threads).run(count: photos.count) { _, item in
            do throws(DatasetError) { _ = try dataset.pixels(of: photos[item]) } catch { return error }
            return nil
        } consume: { item, error in
            if let error { errors.append(error) } else { usable.append(photos[item]) }
            progress.update(done: item + 1)
        }
        progress.finish()
        let summary = DatasetSummary(dataset)
        var text = "\(split): \(summary)\n" + list(summary.problems.map { "\($0)" })
        if !errors.isEmpty {
            text += "photos and annotations that cannot be used: \(errors.count)\n" + list(errors.map { "\($0)" })
        }
        try StandardOutput.show(text + "\n")
        return usable
    }

    private func list(_ lines: [String]) -> String {
        let more = lines.count - Self.listedProblems
        return lines.prefix(Self.listedProblems).map { "  \($0)\n" }.joined() + (more > 0 ? "  and \(more) more\n" : "")
    }

    /// Photos from all over a list, changed by `change`.
    private func sheet(
        of photos: [DatasetPhoto],
        _ change: ((image: PixelImage, objects: [AnnotatedObject])) -> (image: PixelImage, objects: [AnnotatedObject])
    ) throws -> PixelImage {
        let count = min(Self.photosOfSheet, photos.count)
        let tiles = try (0..<count).map { index in
            let photo = photos[index * photos.count / count]
            do { return change((try data.training.pixels(of: photo), photo.objects)) } catch {
                throw Failure("\(error)")
            }
        }
        return ContactSheet(columns: 6, tileSide: 320).render(tiles, labels: data.training.labels)
    }

    private func write(_ image: PixelImage, to path: String, force: Bool) throws {
        let bytes: [UInt8]
        do { bytes = try ImageEncoder.png(image) } catch { throw Failure("\(path): \(error)") }
        do { try OutputFile.write(bytes, to: path, existing: force ? .replace : .keep) } catch {
            throw Failure("\(error)")
        }
    }
}
