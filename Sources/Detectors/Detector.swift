import Engine
import Images
import MultiBox

/// A photo to detections, once for everybody who does it: the service, the commands, the validation of a training run.
///
/// *Prepare* (decode, turn upright, warp to the network's input) and *detect* (the network, boxes, suppression) are apart,
/// so that a service can prepare photos on one thread and detect in batches on another.
public struct Detector: Sendable {
    /// What runs the network.
    public let engine: InferenceEngine
    /// What reads photos.
    public let decoder: ImageDecoder
    /// What makes inputs of them.
    public let preparer: InputPreparer

    /// A detector of photos that `decoder` lets through.
    public init(engine: InferenceEngine, decoder: ImageDecoder = ImageDecoder(limits: .ofOwnFiles)) {
        self.engine = engine
        self.decoder = decoder
        preparer = InputPreparer(engine.model.preprocessing)
    }

    /// The names of the classes.
    public var labels: LabelMap { engine.model.labels }

    /// A photo's file as the network's input.
    public func prepare(_ bytes: ArraySlice<UInt8>) throws(ImageError) -> PreparedPhoto {
        let start = ContinuousClock.now
        let input = engine.makeInput()
        let decoded = try decoder.read(bytes, for: preparer.size)
        preparer.prepare(decoded.image, into: input)
        let size = decoded.image.size
        decoder.memory.reuse(decoded.image)
        return PreparedPhoto(
            input: input,
            // What was decoded may be a smaller picture of the photo.
            size: decoder.scaling == .exact ? size : try decoder.inspect(bytes).uprightSize,
            warnings: decoded.warnings, duration: start.duration(to: .now))
    }

    /// Pixels as the network's input: red, green and blue of each, rows from top to bottom, `width` × `height` × 3 bytes.
    public func prepare(_ pixels: ArraySlice<UInt8>, pixelsOf size: ImageSize) -> PreparedPhoto {
        prepare(PixelImage(width: size.width, height: size.height, pixels: Array(pixels)))
    }

    /// A decoded photo, upright, as the network's input.
    public func prepare(_ image: PixelImage) -> PreparedPhoto {
        let start = ContinuousClock.now
        let input = engine.makeInput()
        preparer.prepare(image, into: input)
        return PreparedPhoto(input: input, size: image.size, duration: start.duration(to: .now))
    }

    /// What a prepared photo shows, on one of the engine's streams, which does nothing else meanwhile.
    public func detect(_ photo: PreparedPhoto, options: DetectionOptions, stream: Int = 0) -> FoundImage {
        let result = engine.detect([photo.input], options: [options], stream: stream)
        return FoundImage(
            photo, detections: result.detections[0],
            times: StageTimes(
                decode: photo.duration, inference: result.inference, postprocess: result.postprocess))
    }

    /// What a photo's file shows.
    public func detect(
        _ bytes: ArraySlice<UInt8>, options: DetectionOptions, stream: Int = 0
    ) throws(ImageError) -> FoundImage {
        detect(try prepare(bytes), options: options, stream: stream)
    }
}
