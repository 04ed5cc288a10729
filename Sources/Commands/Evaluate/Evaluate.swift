import ArgumentParser
import Evaluation
import Foundation
import Images
import MultiBox
import Engine
import Networks
import Platform
import Training

/// `multibox evaluate`: how good a detector is.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on photos with ground truth.",
        discussion: """
            Runs the model with its own thresholds over every photo of a dataset and compares what it finds. \
            Classes of the model and of the data are matched by name.

            Beside COCO's figures stands what each kind of mistake costs (arXiv 2008.08115): how much AP50 would gain, \
            were the class or the place of detections put right, or duplicates, detections on background, or objects \
            that nothing found left out.
            """)

    /// What is computed.
    enum Metric: String, CaseIterable, ExpressibleByArgument {
        /// The twelve figures of COCO.
        case coco
        /// Pascal VOC's mean average precision at 11 points, as in 2007.
        case voc07
        /// Pascal VOC's over all points, as since 2010.
        case voc
    }

    @OptionGroup var modelArguments: ModelArguments

    @Option(
        help: ArgumentHelp(
            "A COCO folder with images/ and instances.json, or a Pascal VOC folder with Annotations.",
            valueName: "dir"))
    var data: String?

    @Option(
        help: """
            Which photos of --data: ImageSets/Main/SPLIT.txt or instances_SPLIT.json. Default: val of a Pascal VOC folder, \
            all of a COCO one.
            """)
    var split: String?

    @Option(help: "The annotations, where they are not in --data.")
    var annotations: String?

    @Option(help: ArgumentHelp("The photos, where they are not in --data.", valueName: "dir"))
    var images: String?

    @Option(help: "coco, voc07 or voc.")
    var metric: Metric = .coco

    @Option(help: "The most detections of a photo. Default: the model's.")
    var maxDetections: Int?

    @OptionGroup var photoArguments: PhotoArguments

    @Option(help: ArgumentHelp("Write the detections to this file, as COCO results.", valueName: "file"))
    var detectionsOut: String?

    @Option(help: ArgumentHelp("Write precision-recall.svg into this folder.", valueName: "dir"))
    var plots: String?

    @Flag(help: "Replace the files of --detections-out and --plots if they are there.")
    var force = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if let maxDetections, !(1...1000).contains(maxDetections) {
            throw ValidationError("--max-detections is a number from 1 to 1000.")
        }
    }

    func run() throws {
        let data = try EvaluationData(dataset: data, split: split, annotations: annotations, images: images)
        try data.check(needsObjects: detectionsOut == nil)
        let chart = plots.map { $0 + "/precision-recall.svg" }
        if let plots { do { try OutputFolder.make(plots) } catch { throw Failure("\(error)") } }
        try PlannedOutputs.check(
            [detectionsOut, chart].compactMap { $0 }, inputs: modelArguments.files + data.files, force: force)
        let model = try modelArguments.load()
        let categories = try categories(of: model, in: data)
        let workers = modelArguments.threadCount
        let engine = try InferenceEngine.build(model, streams: workers, threadsPerStream: 1, maximumBatchSize: 1)
        let detector = try PhotoDetector(engine: engine, decoder: photoArguments.decoder)
        let start = ContinuousClock.now
        let results = try detect(data, detector, categories, workers: workers)
        let seconds = start.duration(to: .now).seconds
        if let detectionsOut {
            do { try write(results.json(), to: detectionsOut) } catch let error as COCOFileError {
                throw Failure("\(detectionsOut) cannot be made: \(error)")
            }
        }
        let report = EvaluationReport(
            data: data, results: results, photosPerSecond: Double(data.photos.count) / seconds)
        if let chart { try write(Array(try report.precisionRecallChart().svg().utf8), to: chart) }
        try StandardOutput.show(try report.text(metric, json: json))
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        do { try OutputFile.write(bytes, to: path, existing: force ? .replace : .keep) } catch {
            throw Failure("\(error)")
        }
    }

    /// The category that each class of the model is, by the name.
    private func categories(of model: DetectionModel, in data: EvaluationData) throws -> [Int: Int] {
        var categories: [Int: Int] = [:]
        for category in data.categories {
            if let index = model.labels.index(matching: category.name) { categories[index] = category.id }
        }
        guard !categories.isEmpty else {
            throw Failure("no class of \(model.name) has the name of a category of the data")
        }
        let missing = data.categories.count - categories.count
        if missing > 0 {
            StandardError.write(
                "multibox: the model knows \(categories.count) of the data's categories, not \(missing)\n")
        }
        return categories
    }

    private func detect(
        _ data: EvaluationData, _ detector: PhotoDetector, _ categories: [Int: Int], workers: Int
    ) throws -> COCOResults {
        let photos = data.photos
        let paths = photos.map(\.path)
        let options = DetectionOptions(maxDetections: maxDetections, classes: Set(categories.keys))
        var progress = Progress(title: "photos", total: photos.count)
        defer { progress.finish() }
        var results = COCOResults()
        try OrderedWorkers<Result<PhotoDetector.Finding, Failure>>(workers: workers).run(count: photos.count) {
            worker, item in
            do {
                let bytes = try FileReading.bytes(
                    paths[item], limit: FileReading.maximumPhotoBytes, source: .regularFile)
                return .success(try detector.detect(bytes, options: options, stream: worker))
            } catch let failure as Failure { return .failure(failure) } catch {
                return .failure(Failure("\(paths[item]): \(error)"))
            }
        } consume: { item, result in
            let image = try result.get().image
            if !image.warnings.isEmpty {
                progress.finish()
                for warning in image.warnings { StandardError.write("multibox: \(paths[item]): \(warning)\n") }
            }
            let boxes = image.detections.compactMap { detection -> ScoredBox? in
                guard let category = categories[detection.classIndex] else { return nil }
                // What the service answers is judged: boxes clipped to the photo.
                var detection = detection
                detection.box = detection.box.clipped()
                return ScoredBox(
                    detection, categoryID: category, imageWidth: image.size.width, imageHeight: image.size.height)
            }
            results.add(boxes, imageID: photos[item].id)
            progress.update(done: item + 1)
        }
        return results
    }
}
