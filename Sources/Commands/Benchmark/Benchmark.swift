import ArgumentParser
import Detectors
import Foundation
import Images
import MultiBox
import Engine

/// `multibox benchmark`: how fast a detector runs here.
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast a model runs on this machine.",
        discussion: """
            Times the network alone, from the input tensor to raw locations and scores, unless --end-to-end says from \
            the bytes of a JPEG of 640×480 to detections, --pre-processing from the pixels of photos to the input tensor, \
            or --post-processing from raw locations and scores to detections.
            """)

    /// What the threads do.
    enum Mode: String, CaseIterable, ExpressibleByArgument {
        /// All threads on one batch: the time of one batch counts.
        case latency
        /// A batch on each thread: the images of all together count.
        case throughput
    }

    @OptionGroup var source: BenchmarkModel
    @OptionGroup var threadArguments: ThreadArguments

    @Option(
        help: """
            auto, fp32, bf16 or int8. bf16 computes in bfloat16 the convolutions that are faster so, and says how many; \
            auto is the model's own arithmetic. A float model is quantized on noise for int8, its 3×3 convolutions by \
            Winograd's method where that is faster: good for its speed, not for detections (see multibox convert).
            """)
    var precision: Precision = .auto

    @Option(help: "latency (all threads on one batch) or throughput (a batch on each thread).")
    var mode: Mode = .latency

    @Option(help: "Images in a batch.")
    var batch: Int = 1

    @Option(help: "How long to measure, such as 5s or 500ms.", transform: DurationArgument.parse)
    var duration = DurationArgument(.seconds(5))

    @Flag(help: "Show the time of each layer, and its share of what this processor can do.")
    var layers = false

    @Flag(name: .shortAndLong, help: "With --layers: say what each pass did to make steps of the layers.")
    var verbose = false

    @Flag(help: "Time everything from JPEG bytes to detections.")
    var endToEnd = false

    @Flag(help: "Time pre-processing instead, resizing and normalization, of photos of several sizes.")
    var preProcessing = false

    @Flag(help: "Time post-processing instead, of random scores of several densities.")
    var postProcessing = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...256).contains(batch) else { throw ValidationError("--batch is a number from 1 to 256.") }
        guard duration.duration > .zero else { throw ValidationError("--duration is above 0.") }
        if layers, mode != .latency || endToEnd {
            throw ValidationError("--layers goes with --mode latency and the network alone.")
        }
        if verbose, !layers { throw ValidationError("--verbose goes with --layers.") }
        if preProcessing || postProcessing, layers || endToEnd || batch != 1 {
            throw ValidationError("--pre-processing and --post-processing are of one image, and of nothing else.")
        }
        if preProcessing, postProcessing {
            throw ValidationError("--pre-processing and --post-processing exclude each other.")
        }
    }

    func run() throws {
        var model = try source.load()
        let isQuantizedHere = precision == .int8 && model.precision == .fp32
        if isQuantizedHere { model = try NoiseQuantization.quantized(model) }
        let threads = threadArguments.count
        let engine = try InferenceEngine.build(
            model, precision: precision, streams: mode == .latency ? 1 : threads,
            threadsPerStream: mode == .latency ? threads : 1, maximumBatchSize: batch)
        if preProcessing {
            let benchmark = PreprocessingBenchmark(engine: engine, duration: duration.duration)
            return try StandardOutput.show(json ? benchmark.json() : benchmark.text())
        }
        if postProcessing {
            let benchmark = PostProcessingBenchmark(engine: engine, duration: duration.duration)
            return try StandardOutput.show(json ? benchmark.json() : benchmark.text())
        }
        let runs = BenchmarkRuns(engine: engine, batch: batch, duration: duration.duration)
        let result: BenchmarkResult
        if endToEnd {
            result = try runs.endToEnd(Detector(engine: engine))
        } else if layers {
            result = runs.layers()
        } else {
            result = runs.network()
        }
        let report = BenchmarkReport(
            engine: engine, isQuantizedHere: isQuantizedHere, mode: mode, batch: batch, threads: threads,
            result: result,
            isVerbose: verbose)
        try StandardOutput.show(json ? report.json() : report.text(endToEnd: endToEnd))
    }
}
