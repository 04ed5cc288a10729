/// Turns the bytes of a file into an upright picture. Nothing in the bytes is trusted: sizes are checked against the
/// limits before memory is taken, and a file that does not hold the picture is refused rather than half shown. What little
/// is forgiven comes with the picture as warnings.
///
/// A value without state: any number of threads may use one.
public struct ImageDecoder: Sendable {
    /// What a file may ask for.
    public var limits: ImageLimits
    /// Whether `decode(_:for:)` may give a smaller picture that suffices for its target.
    public var scaling: DCTScaling
    /// Whether a file of which anything would have to be forgiven is refused.
    public var isStrict: Bool
    /// Where pictures take their memory from.
    public var memory: PixelMemory

    /// A decoder with the given limits.
    public init(
        limits: ImageLimits = ImageLimits(), scaling: DCTScaling = .exact, isStrict: Bool = false,
        memory: PixelMemory = .none
    ) {
        self.limits = limits
        self.scaling = scaling
        self.isStrict = isStrict
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

    /// The picture, upright, and what was forgiven. It has the file's own size, unless `scaling` is `.fast` and the `target`,
    /// the upright size that the picture is needed for, allows a smaller one.
    ///
    /// Transparent pixels are composed on black; gamma and colour profiles are not applied; 16-bit samples are rounded
    /// to 8: what detectors are trained on.
    public func read(_ bytes: [UInt8], for target: ImageSize? = nil) throws(ImageError) -> DecodedImage {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            try decode(EncodedBytes(buffer), for: target)
        }
    }

    /// The picture of a file within a larger body, and what was forgiven.
    public func read(_ bytes: ArraySlice<UInt8>, for target: ImageSize? = nil) throws(ImageError) -> DecodedImage {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            try decode(EncodedBytes(buffer), for: target)
        }
    }

    /// The picture that `read` gives, for those who do not ask what was forgiven.
    public func decode(_ bytes: [UInt8], for target: ImageSize? = nil) throws(ImageError) -> PixelImage {
        try read(bytes, for: target).image
    }

    /// The picture of a file within a larger body.
    public func decode(_ bytes: ArraySlice<UInt8>, for target: ImageSize? = nil) throws(ImageError) -> PixelImage {
        try read(bytes, for: target).image
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
            throw .unknown(bytes.buffer)
        }
    }

    private func decode(_ bytes: EncodedBytes, for target: ImageSize?) throws(ImageError) -> DecodedImage {
        let orientation: Orientation
        var decoded: DecodedImage
        switch ImageFormat.sniff(bytes.buffer) {
        case .jpeg:
            let structure = try JPEGStructure(bytes, limits: limits)
            orientation = structure.orientation
            let divisor = scaling.divisor(for: structure.size, target: target.map(orientation.applied(to:)))
            decoded = try JPEGDecoder.decode(bytes, structure, divisor: divisor, memory: memory)
        case .png:
            let structure = try PNGStructure(bytes, limits: limits)
            orientation = structure.orientation
            decoded = try PNGDecoder.decode(bytes, structure, memory: memory)
        case .webp:
            let structure = try WebPStructure(bytes, limits: limits)
            orientation = structure.orientation
            decoded = try WebPDecoder.decode(structure)
        case nil:
            throw .unknown(bytes.buffer)
        }
        if isStrict, let flaw = decoded.warnings.first { throw .flawed(flaw) }
        if orientation != .topLeft {
            let stored = decoded.image
            decoded.image = stored.upright(from: orientation)
            memory.reuse(stored)
        }
        return decoded
    }
}
