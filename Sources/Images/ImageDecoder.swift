/// Turns the bytes of a file into an upright picture. Nothing in the bytes is trusted: sizes are checked against the
/// limits before memory is taken, and a file that does not hold the whole picture is refused rather than half shown.
///
/// A value without state: any number of threads may use one.
public struct ImageDecoder: Sendable {
    /// What a file may ask for.
    public var limits: ImageLimits
    /// Whether `decode(_:for:)` may give a smaller picture that suffices for its target.
    public var scaling: DCTScaling
    /// Where pictures take their memory from.
    public var memory: PixelMemory

    /// A decoder with the given limits.
    public init(limits: ImageLimits = ImageLimits(), scaling: DCTScaling = .exact, memory: PixelMemory = .none) {
        self.limits = limits
        self.scaling = scaling
        self.memory = memory
    }

    /// What the headers say. Pixels are neither decoded nor checked; the size is within the limits.
    public func inspect(_ bytes: [UInt8]) throws(ImageError) -> ImageInfo {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in try inspect(EncodedBytes(buffer)) }
    }

    /// What the headers of a file within a larger body say.
    public func inspect(_ bytes: ArraySlice<UInt8>) throws(ImageError) -> ImageInfo {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in try inspect(EncodedBytes(buffer)) }
    }

    /// The picture, upright. It has the file's own size, unless `scaling` is `.fast` and the `target`, the upright size
    /// that the picture is needed for, allows a smaller one.
    ///
    /// Transparent pixels are composed on black; gamma and colour profiles are not applied; 16-bit samples are rounded
    /// to 8: what detectors are trained on.
    public func decode(_ bytes: [UInt8], for target: ImageSize? = nil) throws(ImageError) -> PixelImage {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            try decode(EncodedBytes(buffer), for: target)
        }
    }

    /// The picture of a file within a larger body.
    public func decode(_ bytes: ArraySlice<UInt8>, for target: ImageSize? = nil) throws(ImageError) -> PixelImage {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            try decode(EncodedBytes(buffer), for: target)
        }
    }

    private func inspect(_ bytes: EncodedBytes) throws(ImageError) -> ImageInfo {
        switch ImageFormat.sniff(bytes.buffer) {
        case .jpeg:
            let header = try JPEGStructure(headersOf: bytes, limits: limits)
            return ImageInfo(format: .jpeg, storedSize: header.size, orientation: header.orientation)
        case .png:
            let structure = try PNGStructure(bytes, limits: limits)
            return ImageInfo(format: .png, storedSize: structure.size, orientation: structure.orientation)
        case .webp:
            let structure = try WebPStructure(bytes, limits: limits)
            return ImageInfo(format: .webp, storedSize: structure.size, orientation: structure.orientation)
        case nil:
            throw .notAnImage
        }
    }

    private func decode(_ bytes: EncodedBytes, for target: ImageSize?) throws(ImageError) -> PixelImage {
        switch ImageFormat.sniff(bytes.buffer) {
        case .jpeg:
            let structure = try JPEGStructure(bytes, limits: limits)
            let stored = target.map(structure.orientation.applied(to:))
            let divisor = scaling.divisor(for: structure.size, target: stored)
            let image = try JPEGDecoder.decode(bytes, structure, divisor: divisor, memory: memory)
            return upright(image, structure.orientation)
        case .png:
            let structure = try PNGStructure(bytes, limits: limits)
            return upright(try PNGDecoder.decode(bytes, structure, memory: memory), structure.orientation)
        case .webp:
            let structure = try WebPStructure(bytes, limits: limits)
            return upright(try WebPDecoder.decode(bytes, structure), structure.orientation)
        case nil:
            throw .notAnImage
        }
    }

    private func upright(_ stored: PixelImage, _ orientation: Orientation) -> PixelImage {
        guard orientation != .topLeft else { return stored }
        let turned = stored.upright(from: orientation)
        memory.reuse(stored)
        return turned
    }
}
