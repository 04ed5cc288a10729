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
        let (whole, parts) = inputs(of: decoded.image, grid)
        let size = decoded.image.size
        decoder.memory.reuse(decoded.image)
        return TiledPhoto(
            PreparedPhoto(
                input: whole, size: decoder.scaling == .exact ? size : try decoder.inspect(bytes).uprightSize,
                warnings: decoded.warnings, duration: start.duration(to: .now)), parts: parts)
    }

    /// Pixels as inputs of the network, as those of a photo's file are: red, green and blue of each, rows from top to bottom.
    public func prepare(_ pixels: ArraySlice<UInt8>, pixelsOf size: ImageSize, _ grid: TileGrid?) -> TiledPhoto {
        guard let grid, grid.count > 1 else { return TiledPhoto(prepare(pixels, pixelsOf: size)) }
        let start = ContinuousClock.now
        let (whole, parts) = inputs(
            of: PixelImage(width: size.width, height: size.height, pixels: Array(pixels)), grid)
        return TiledPhoto(
            PreparedPhoto(input: whole, size: size, duration: start.duration(to: .now)), parts: parts)
    }

    private func inputs(
        of image: PixelImage, _ grid: TileGrid
    ) -> (whole: InferenceInput, parts: [(frame: TileFrame, input: InferenceInput)]) {
        let whole = engine.makeInput()
        preparer.prepare(image, into: whole)
        let parts = grid.frames(of: image.size).map { frame in
            let input = engine.makeInput()
            preparer.prepare(
                image.part(x: frame.columns.lowerBound, y: frame.rows.lowerBound, size: frame.size), into: input)
            return (frame: frame, input: input)
        }
        return (whole, parts)
    }

    /// The grid into which a photo's file is to be cut; nil for one that stays whole.
    ///
    /// - Parameter limit: the most parts where the tiling leaves the number open.
    public func grid(
        of bytes: ArraySlice<UInt8>, _ tiling: Tiling?, limit: Int = Tiling.automaticParts
    ) throws(ImageError) -> TileGrid? {
        guard let tiling else { return nil }
        return grid(ofPhoto: try decoder.inspect(bytes).uprightSize, tiling, limit: limit)
    }

    /// The same for a photo of a known size.
    public func grid(ofPhoto size: ImageSize, _ tiling: Tiling, limit: Int = Tiling.automaticParts) -> TileGrid? {
        let grid = tiling.grid(for: size, input: preparer.size, limit: limit)
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
