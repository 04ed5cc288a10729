import Engine
import Images
import MultiBox

extension Detector {
    /// A photo's file as inputs of the network: the whole and, where there is a grid, its parts, in the photo's own pixels.
    public func prepare(_ bytes: ArraySlice<UInt8>, _ grid: TileGrid?) throws(ImageError) -> TiledPhoto {
        guard let grid, grid.count > 1 else { return TiledPhoto(try prepare(bytes)) }
        let start = ContinuousClock.now
        // A smaller picture of a large JPEG must suffice for its parts.
        let decoded = try decoder.read(
            bytes,
            for: ImageSize(width: preparer.size.width * grid.columns, height: preparer.size.height * grid.rows))
        let whole = engine.makeInput()
        preparer.prepare(decoded.image, into: whole)
        let parts = grid.frames(of: decoded.image.size).map { frame in
            let input = engine.makeInput()
            preparer.prepare(
                decoded.image.part(x: frame.columns.lowerBound, y: frame.rows.lowerBound, size: frame.size), into: input
            )
            return (frame: frame, input: input)
        }
        let size = decoded.image.size
        decoder.memory.reuse(decoded.image)
        return TiledPhoto(
            PreparedPhoto(
                input: whole, size: decoder.scaling == .exact ? size : try decoder.inspect(bytes).uprightSize,
                warnings: decoded.warnings, duration: start.duration(to: .now)), parts: parts)
    }

    /// The grid into which a photo's file is to be cut; nil for one that stays whole.
    ///
    /// - Parameter limit: the most parts where the tiling leaves the number open.
    public func grid(
        of bytes: ArraySlice<UInt8>, _ tiling: Tiling?, limit: Int = Tiling.automaticParts
    ) throws(ImageError) -> TileGrid? {
        guard let tiling else { return nil }
        let grid = tiling.grid(for: try decoder.inspect(bytes).uprightSize, input: preparer.size, limit: limit)
        return grid.count > 1 ? grid : nil
    }

    /// What a photo and its parts show, on one of the engine's streams, which does nothing else meanwhile.
    ///
    /// - Parameter options: `maxDetections` is for the photo; without, what the model has for a photo counts for each part.
    public func detect(_ photo: TiledPhoto, options: DetectionOptions, stream: Int = 0) -> FoundImage {
        guard photo.inputs.count > 1 else { return detect(photo.photo, options: options, stream: stream) }
        var found: [[Detection]] = []
        var times = StageTimes(decode: photo.photo.duration)
        for (input, options) in zip(photo.inputs, photo.options(options)) {
            let result = engine.detect([input], options: [options], stream: stream)
            found += result.detections
            times.inference += result.inference
            times.postprocess += result.postprocess
        }
        let limit = options.maxDetections ?? photo.defaultMaximum(ofWhole: engine.model.output.maxDetections)
        return DetectionSelection(maxDetections: limit).choose(
            of: FoundImage(photo.photo, detections: photo.merge(found), times: times))
    }
}
