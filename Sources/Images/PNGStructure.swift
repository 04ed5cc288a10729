/// The chunks of a PNG file (ISO/IEC 15948, clause 5), walked before anything is decoded: the size and the orientation,
/// and that no chunk of pixels is cut. Checksums, and whether all pixels are there, are the decoder's to check.
struct PNGStructure {
    /// Chunks of a file. Encoders cut pixels into thousands of them at most.
    static let maximumChunks = 100_000

    private(set) var size = ImageSize(width: 0, height: 0)
    private(set) var orientation = Orientation.topLeft
    /// The end chunk is absent.
    private(set) var lacksEnd = false
    /// Frames of an animation; 0 of a picture that is none.
    private(set) var frames = 0

    /// Chunks of type, data and where they start.
    init(_ bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        var position = 8
        var hasData = false
        var chunks = 0
        while true {
            // Behind the pixels there is nothing that a picture needs.
            guard let length = bytes.number(at: position, size: 4, bigEndian: true),
                let type = bytes.slice(position + 4, length: 4)
            else {
                guard hasData else { throw .truncated(.png) }
                lacksEnd = true
                break
            }
            guard length <= Int32.max else { throw .corrupt(.png, reason: "a chunk is longer than the format allows") }
            chunks += 1
            guard chunks <= Self.maximumChunks else { throw .tooManySegments(.png, limit: Self.maximumChunks) }
            if chunks == 1 {
                guard type.has("IHDR", at: 0), length == 13 else {
                    throw .corrupt(.png, reason: "it does not begin with a header")
                }
            }
            let isData = type.has("IDAT", at: 0)
            guard let data = bytes.slice(position + 8, length: length),
                bytes.slice(position + 8 + length, length: 4) != nil
            else {
                guard hasData, !isData else { throw .truncated(.png) }
                lacksEnd = true
                break
            }
            if chunks == 1 { try readHeader(data, limits: limits) }
            if isData { hasData = true }
            if type.has("acTL", at: 0), !hasData { frames = data.number(at: 0, size: 4, bigEndian: true) ?? 0 }
            // The first of several counts; where it stands, before or after the pixels, does not matter.
            if type.has("eXIf", at: 0), orientation == .topLeft { orientation = ExifOrientation.read(data) }
            if type.has("IEND", at: 0) { break }
            position += 12 + length
        }
        guard hasData else { throw .corrupt(.png, reason: "it holds no picture") }
    }

    /// Image header, 11.2.2.
    private mutating func readHeader(_ data: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        guard let width = data.number(at: 0, size: 4, bigEndian: true),
            let height = data.number(at: 4, size: 4, bigEndian: true)
        else { throw .truncated(.png) }
        guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else {
            throw .corrupt(.png, reason: "a side has no pixels or more than the format allows")
        }
        size = ImageSize(width: width, height: height)
        try limits.check(size)
        // 16 bits a sample, of RGB or RGBA (table 11.1).
        guard data[8] == 16, let bytesPerPixel = [2: 6, 6: 8][data[9] ?? 0] else { return }
        let bytes = width * height * bytesPerPixel
        if bytes > limits.maximumRowBytes { throw .tooManyRowBytes(bytes: bytes, limit: limits.maximumRowBytes) }
    }
}
