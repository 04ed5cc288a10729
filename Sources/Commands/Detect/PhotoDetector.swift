import Images
import MultiBox
import Engine
import Serving

/// Detects objects in photos from end to end, one photo on each of the engine's streams.
struct PhotoDetector: Sendable {
    let engine: InferenceEngine
    private let preparer: InputPreparer
    let decoder: ImageDecoder

    /// What was found in a photo.
    struct Finding: Sendable {
        let image: FoundImage
        /// The time from bytes to detections.
        let duration: Duration
    }

    init(engine: InferenceEngine, decoder: ImageDecoder = ImageDecoder(limits: .ofOwnFiles)) throws {
        self.engine = engine
        do { preparer = try InputPreparer(engine.model.preprocessing) } catch { throw Failure("\(error)") }
        self.decoder = decoder
    }

    /// The objects in an encoded photo.
    func detect(_ bytes: [UInt8], options: DetectionOptions, stream: Int) throws(ImageError) -> Finding {
        let clock = ContinuousClock()
        let start = clock.now
        // The size of the photo itself: what is decoded may be a smaller picture of it.
        let size = try decoder.inspect(bytes).uprightSize
        let input = engine.makeInput()
        let photo = try decoder.read(bytes, for: preparer.size)
        preparer.prepare(photo.image, into: input)
        let decoded = clock.now
        let result = engine.detect([input], options: [options], stream: stream)
        let times = StageTimes(
            decode: start.duration(to: decoded), queue: .zero, inference: result.inference,
            postprocess: result.postprocess)
        return Finding(
            image: FoundImage(size: size, detections: result.detections[0], times: times, warnings: photo.warnings),
            duration: start.duration(to: clock.now))
    }

    /// The name of a class; its number where it has none.
    func name(of classIndex: Int) -> String { engine.model.labels.name(of: classIndex) ?? String(classIndex) }
}
