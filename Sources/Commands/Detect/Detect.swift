import ArgumentParser
import Detectors
import Foundation
import Images
import MultiBox
import Engine
import Platform

/// `multibox detect`: the objects in photos.
struct Detect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find objects in photos.",
        discussion: """
            Prints what was found in each photo, in the order given. A photo that cannot be read is reported on \
            standard error and the others go on; the exit status is then 1. Where a result cannot be written, all ends.
            """)

    @OptionGroup var modelArguments: ModelArguments

    @Option(help: "The lowest score to report, 0 to 1.")
    var threshold: Float = 0.5

    @Option(
        help: """
            Of two boxes of a class whose intersection over union is greater, the less sure one is left out, 0 to 1. \
            Default: the model's.
            """)
    var iouThreshold: Float?

    @Option(help: "The most objects to report in a photo.")
    var maxDetections: Int?

    @Option(help: "Only these classes: names or numbers, separated by commas.", completion: .classNames)
    var classes: String?

    @Option(help: "text, json, jsonl or csv.")
    var format: DetectionFormat = .text

    @Option(
        help: ArgumentHelp("Write the photos with their boxes drawn into this folder.", valueName: "dir"),
        completion: .directory)
    var annotate: String?

    @Flag(help: "Replace files that are in the folder of --annotate; the photos themselves never.")
    var force = false

    @OptionGroup var photoArguments: PhotoArguments

    @OptionGroup var tileArguments: TileArguments

    @Argument(
        help: "Photos, folders of photos with all folders in them, or - for standard input.", completion: .photos)
    var images: [String]

    func validate() throws {
        guard (0...1).contains(threshold) else { throw ValidationError("--threshold is a number from 0 to 1.") }
        if let iouThreshold, !(0...1).contains(iouThreshold) {
            throw ValidationError("--iou-threshold is a number from 0 to 1.")
        }
        if let maxDetections, !(1...1000).contains(maxDetections) {
            throw ValidationError("--max-detections is a number from 1 to 1000.")
        }
    }

    /// What a worker makes of a photo.
    private struct Work: Sendable {
        var found: FoundImage?
        /// What is wrong with the photo.
        var problem: String?
        /// What ends the whole job: there is no place for results.
        var failure: Failure?
    }

    func run() throws {
        let sources = try PhotoSource.all(images)
        let targets = try targets(of: sources)
        let model = try modelArguments.load()
        let workers = min(modelArguments.threadCount, sources.count)
        // One photo has all threads to itself; many photos have one thread each, which wastes nothing on waiting.
        let engine = try InferenceEngine.build(
            model, streams: workers, threadsPerStream: sources.count == 1 ? modelArguments.threadCount : 1,
            maximumBatchSize: 1)
        let detector = Detector(engine: engine, decoder: photoArguments.decoder)
        let options = DetectionOptions(
            scoreThreshold: threshold, iouThreshold: iouThreshold, maxDetections: maxDetections,
            classes: try selectedClasses(model.labels))
        var report = DetectionReport(format: format, labels: detector.labels)
        var progress = Progress(title: "photos", total: sources.count)
        defer { progress.finish() }
        var failures = 0
        try report.begin()
        let existing: OutputFile.Existing = force ? .replace : .keep
        try OrderedWorkers<Work>(workers: workers).run(count: sources.count) { worker, item in
            Self.work(
                sources[item], target: targets?[item], existing, detector: detector, tiling: tileArguments.tile,
                options: options, stream: worker)
        } consume: { item, work in
            if let failure = work.failure { throw failure }
            if !StandardOutput.isTerminal { progress.update(done: item + 1) }
            if let found = work.found { try report.add(sources[item].name, found) }
            if format == .text || format == .csv, let warnings = work.found?.warnings, !warnings.isEmpty {
                progress.finish()
                for warning in warnings { StandardError.write("multibox: \(sources[item].name): \(warning)\n") }
            }
            if let problem = work.problem {
                failures += 1
                progress.finish()
                StandardError.write("multibox: \(problem)\n")
            }
        }
        try report.end()
        if failures > 0 { throw ExitCode(1) }
    }

    /// Where the annotated picture of each photo goes; nil if there are to be none.
    private func targets(of sources: [PhotoSource]) throws -> [String]? {
        guard let annotate else { return nil }
        var folder = try AnnotationFolder(annotate)
        let targets = sources.map { folder.file(for: $0.name, isPNG: $0.name.lowercased().hasSuffix(".png")) }
        try PlannedOutputs.check(
            targets, inputs: sources.map(\.name) + modelArguments.files, force: force)
        return targets
    }

    private static func work(
        _ source: PhotoSource, target: String?, _ existing: OutputFile.Existing, detector: Detector,
        tiling: Tiling?, options: DetectionOptions, stream: Int
    ) -> Work {
        var work = Work()
        do {
            let bytes = try source.bytes()
            let photo = try detector.prepare(bytes[...], detector.grid(of: bytes[...], tiling))
            let found = detector.detect(photo, options: options, stream: stream)
            work.found = found
            if let target {
                let picture = try AnnotationFolder.picture(bytes, found, for: target, by: detector)
                do { try OutputFile.write(picture, to: target, existing: existing) } catch {
                    work.failure = Failure("\(error)")
                }
            }
        } catch let failure as Failure {
            work.problem = failure.message
        } catch {
            work.problem = "\(source.name): \(error)"
        }
        return work
    }

    private func selectedClasses(_ labels: LabelMap) throws -> Set<Int>? {
        guard let classes else { return nil }
        var selected: Set<Int> = []
        for query in classes.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) })
        where !query.isEmpty {
            guard let index = labels.index(matching: query) else {
                let near =
                    NearestName.among(labels.names.compactMap { $0 }, to: query).map { "; there is \"\($0)\"" } ?? ""
                throw Failure.usage("the model has no class \"\(query)\"" + near)
            }
            selected.insert(index)
        }
        guard !selected.isEmpty else { throw Failure.usage("--classes names no class") }
        return selected
    }
}
