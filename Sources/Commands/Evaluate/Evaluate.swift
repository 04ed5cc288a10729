import ArgumentParser
import Datasets
import Detectors
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
        abstract: "Measure a model, or a running service, on photos with ground truth.",
        discussion: """
            Runs the model with its own thresholds over every photo of a dataset and compares what it finds. \
            Classes of the model and of the data are matched by name.

            With --url, a running service is asked about the photos instead, and how long its answers take is measured \
            too. The figures are those of its model, but for the digits of the answers: scores have four decimals. A \
            service that turns requests away for a while is given the time that it asks for.

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

    @OptionGroup(title: "A running service") var service: ServiceArguments

    @OptionGroup var dataArguments: DatasetArguments

    @Option(
        help: """
            Which photos of --data: ImageSets/Main/SPLIT.txt, instances_SPLIT.json, or a part of data.yaml. Default: val if \
            there is such a part, but all of a COCO folder that has instances.json.
            """, completion: .splits)
    var split: String?

    @Option(help: "coco, voc07 or voc.")
    var metric: Metric = .coco

    @Option(help: "The most detections of a photo. Default: the model's.")
    var maxDetections: Int?

    @OptionGroup var photoArguments: PhotoArguments

    @OptionGroup var tileArguments: TileArguments

    @Option(
        help: ArgumentHelp("Write the detections to this file, as COCO results.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var detectionsOut: String?

    @Option(
        help: ArgumentHelp("Write precision-recall.svg into this folder.", valueName: "dir"), completion: .directory)
    var plots: String?

    @Flag(help: "Replace the files of --detections-out and --plots if they are there.")
    var force = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard service.url == nil || (modelArguments.isUntouched && photoArguments.isUntouched) else {
            throw ValidationError(
                "With --url, the model, its labels and digest, threads and the limits of photos are the service's.")
        }
        if let maxDetections, !(1...1000).contains(maxDetections) {
            throw ValidationError("--max-detections is a number from 1 to 1000.")
        }
    }

    func run() throws {
        let data = try dataset()
        try check(data)
        let chart = plots.map { $0 + "/precision-recall.svg" }
        if let plots { do { try OutputFolder.make(plots) } catch { throw Failure("\(error)") } }
        try PlannedOutputs.check(
            [detectionsOut, chart].compactMap { $0 },
            inputs: modelArguments.files + data.annotationFiles + data.photos.map(\.path), force: force)
        let report = try service.url.map { try measure($0, on: data) } ?? evaluateModel(on: data)
        if let detectionsOut {
            do { try write(results(report.evaluation, data).json(), to: detectionsOut) } catch let error
                as COCOFileError
            {
                throw Failure("\(detectionsOut) cannot be made: \(error)")
            }
        }
        if let chart { try write(Array(report.precisionRecallChart.svg().utf8), to: chart) }
        try StandardOutput.show(try report.text(metric, json: json))
    }

    private func evaluateModel(on data: any DetectionDataset) throws -> EvaluationReport {
        let model = try modelArguments.load()
        let classes = try classes(of: model.labels, name: model.name, in: data)
        let engine = try InferenceEngine.build(
            model, streams: modelArguments.threadCount, threadsPerStream: 1, maximumBatchSize: 1)
        let detector = Detector(engine: engine, decoder: photoArguments.decoder)
        let start = ContinuousClock.now
        let evaluation = try showingProgress(of: data) { observe in
            try DetectorEvaluation(
                detector, on: data, classes: classes, maxDetections: maxDetections, tiling: tileArguments.tile
            ) { index, found in observe(index, found.warnings.map(\.description)) }
        }
        return EvaluationReport(evaluation: evaluation, labels: data.labels, seconds: start.duration(to: .now).seconds)
    }

    /// Asks a service about all photos.
    private func measure(_ url: ServiceURL, on data: any DetectionDataset) throws -> EvaluationReport {
        let key = try service.key()
        let timeout = service.timeout?.duration ?? .seconds(60)
        let clients = (0..<min(service.concurrency ?? 4, max(1, data.photos.count))).map { _ in
            ServiceClient(url, key: key, timeout: timeout)
        }
        let model = try ServiceModel(parsing: try clients[0].ask(.get, url.target("/model")).body, of: url)
        let classes = try classes(of: model.labels, name: model.name, in: data)
        let start = ContinuousClock.now
        let measurement = try showingProgress(of: data) { observe in
            try ServiceMeasurement(
                clients, url, model, on: data, classes: classes, maxDetections: maxDetections,
                tiling: tileArguments.tile, observe: observe)
        }
        let seconds = start.duration(to: .now).seconds
        do {
            return EvaluationReport(
                evaluation: try DetectorEvaluation(measurement.photos, of: data), labels: data.labels, seconds: seconds,
                service: EvaluationReport.Service(
                    url: url, model: model, concurrency: clients.count, refusals: measurement.refusals,
                    latency: LatencySummary(measurement.durations)))
        } catch { throw Failure("\(error)") }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        do { try OutputFile.write(bytes, to: path, existing: force ? .replace : .keep) } catch {
            throw Failure("\(error)")
        }
    }

    private func dataset() throws -> any DetectionDataset {
        let source = try dataArguments.source()
        guard case .folder(let folder) = source else {
            guard split == nil else { throw Failure.usage("--split goes with --data") }
            return try source.open(nil)
        }
        return try source.open(split ?? folder.defaultEvaluationSplit)
    }

    /// Looks for what would make an evaluation worthless, before hours are spent on it.
    private func check(_ data: any DetectionDataset) throws {
        let missing = data.photos.filter { !FileManager.default.fileExists(atPath: $0.path) }.map(\.path)
        if let first = missing.first {
            throw Failure(
                missing.count == 1
                    ? "the photo \(first) is not there"
                    : "\(missing.count) of \(data.photos.count) photos are not there, the first is \(first)")
        }
        if let first = data.problems.first {
            let leftOut = data.problems.count { $0.isLeftOut }
            StandardError.write(
                "multibox: of the data, \(leftOut) objects are left out and \(data.problems.count - leftOut) cut off; "
                    + "the first: \(first)\n")
        }
        guard detectionsOut == nil, data.photos.allSatisfy({ $0.truths.allSatisfy(\.isCrowd) }) else { return }
        throw Failure("none of the \(data.photos.count) photos shows an object, so that there is nothing to measure")
    }

    /// The class of the data that each class of the model is, by the name.
    private func classes(of labels: LabelMap, name: String, in data: any DetectionDataset) throws -> [Int: Int] {
        var classes: [Int: Int] = [:]
        for index in data.classes {
            guard let name = data.labels.name(of: index), let own = labels.index(matching: name) else { continue }
            classes[own] = index
        }
        guard !classes.isEmpty else {
            throw Failure("no class of \(name) has the name of a category of the data")
        }
        let missing = data.classes.count - classes.count
        if missing > 0 {
            StandardError.write(
                "multibox: the model knows \(classes.count) of the data's categories, not \(missing)\n")
        }
        return classes
    }

    /// Does what goes over all photos. It is to tell of each photo, in order, with what was forgiven of its file.
    private func showingProgress<Result>(
        of data: any DetectionDataset, _ body: (_ observe: (Int, [String]) -> Void) throws -> Result
    ) throws -> Result {
        var progress = Progress(title: "photos", total: data.photos.count)
        defer { progress.finish() }
        do {
            return try body { index, warnings in
                if !warnings.isEmpty {
                    progress.finish()
                    for warning in warnings {
                        StandardError.write("multibox: \(data.photos[index].path): \(warning)\n")
                    }
                }
                progress.update(done: index + 1)
            }
        } catch let failure as Failure { throw failure } catch { throw Failure("\(error)") }
    }

    /// What was found under the data's own numbers; with the names of files where photos have no numbers of their own.
    private func results(_ evaluation: DetectorEvaluation, _ data: any DetectionDataset) -> COCOResults {
        var results = COCOResults()
        for entry in evaluation.photos {
            let boxes = entry.boxes.map { box in
                var box = box
                box.categoryID = data.categoryID(ofClass: box.categoryID)
                return box
            }
            let name = data.numbersPhotos ? nil : (entry.photo.path as NSString).lastPathComponent
            results.add(boxes, imageID: entry.photo.id, fileName: name)
        }
        return results
    }
}
