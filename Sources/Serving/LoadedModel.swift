import Batching
import Detectors
import HTTP
import Images
import Metrics
import MultiBox
import Engine

/// A model in service: its engine, warm, and the queue before it.
///
/// Requests hold the model that they began with, so that another one can take its place at any time.
final class LoadedModel: Sendable {
    /// What prepares photos, and runs its engine.
    let detector: Detector
    let scheduler: BatchScheduler<QueuedImage, ImageDetections>
    /// The answer to `/model`.
    let card: Response
    /// What is counted of it.
    let metrics: ModelMetrics
    private let detectionCounters: [Counter]

    /// Warms an engine up, and starts its streams.
    ///
    /// - Parameter turns: what its batches share with those of other models.
    init(
        _ engine: InferenceEngine, decoder: ImageDecoder, options: ServiceOptions, metrics: ModelMetrics,
        turns: BatchTurns?
    ) {
        self.metrics = metrics
        detector = Detector(engine: engine, decoder: decoder)
        card = ModelCard(engine, defaultThreshold: options.defaultThreshold).response()
        Self.warmUp(detector)
        let model = engine.model
        detectionCounters = metrics.show(
            model: [
                model.name, model.version, model.architecture, engine.precision.rawValue,
                engine.configuration.instructionSet.name,
            ], labels: model.labels)
        // `Admission` bounds what waits before it has even been decoded; the scheduler's own limits are never met.
        let policy = BatchPolicy(
            maximumBatchSize: min(options.maximumBatchSize, engine.sufficientBatchSize),
            maximumQueueDelay: options.maximumQueueDelay, maximumQueuedItems: options.maximumQueuedImages,
            maximumQueuedBytes: options.maximumQueuedBytes)
        scheduler = BatchScheduler(streams: engine.configuration.streams, policy: policy, turns: turns) {
            stream, images in
            for image in images { image.seat.leave() }
            metrics.batchSize.observe(Double(images.count))
            let result = engine.detect(images.map(\.input), options: images.map(\.options), stream: stream)
            metrics.inference.observe(result.inference)
            metrics.postprocess.observe(result.postprocess)
            return result.detections.map { detections in
                .success(
                    ImageDetections(
                        detections: detections, inference: result.inference, postprocess: result.postprocess))
            }
        }
    }

    /// What it is called in service, and in answers.
    var name: String { engine.model.name }

    /// What runs the network.
    var engine: InferenceEngine { detector.engine }

    /// Bytes of the network's input of one image.
    var inputBytes: Int { engine.model.network[engine.model.network.input].size }

    /// The names of the classes.
    var labels: LabelMap { engine.model.labels }

    /// Counts what was found.
    func count(_ detections: [Detection]) {
        for detection in detections where detectionCounters.indices.contains(detection.classIndex) {
            detectionCounters[detection.classIndex].increment()
        }
    }

    /// Runs a grey picture through every stream: a first run pays for page faults and cold tables, which no request should.
    private static func warmUp(_ detector: Detector) {
        let photo = detector.prepare(PixelImage(width: 1, height: 1, filledWith: SIMD3(repeating: 128)))
        for stream in 0..<detector.engine.configuration.streams {
            _ = detector.detect(photo, options: DetectionOptions(), stream: stream)
        }
    }
}
