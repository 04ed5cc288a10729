/// The chunks of a PNG file (ISO/IEC 15948, clause 5), walked before anything is decoded: the size and the orientation,
/// and that the file is whole. Checksums are the decoder's to check.
struct PNGStructure {
    private(set) var size = ImageSize(width: 0, height: 0)
    private(set) var orientation = Orientation.topLeft

    /// Chunks of type, data and where they start.
    init(_ bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        var position = 8
        var hasData = false
        while true {
            guard let length = bytes.number(at: position, size: 4, bigEndian: true) else { throw .truncated(.png) }
            guard length <= Int32.max else { throw .corrupt(.png, reason: "a chunk is longer than the format allows") }
            let type = position + 4
            if position == 8 {
                guard bytes.has("IHDR", at: type), length == 13 else {
                    throw .corrupt(.png, reason: "it does not begin with a header")
                }
            }
            guard let data = bytes.slice(position + 8, length: length),
                bytes.slice(position + 8 + length, length: 4) != nil
            else { throw .truncated(.png) }
            if position == 8 { try readHeader(data, limits: limits, fileBytes: bytes.count) }
            if bytes.has("IDAT", at: type) { hasData = true }
            // The first of several counts; where it stands, before or after the pixels, does not matter.
            if bytes.has("eXIf", at: type), orientation == .topLeft { orientation = ExifOrientation.read(data) }
            if bytes.has("IEND", at: type) { break }
            position += 12 + length
        }
        guard hasData else { throw .corrupt(.png, reason: "it holds no picture") }
    }

    /// Image header, 11.2.2.
    private mutating func readHeader(_ data: EncodedBytes, limits: ImageLimits, fileBytes: Int) throws(ImageError) {
        guard let width = data.number(at: 0, size: 4, bigEndian: true),
            let height = data.number(at: 4, size: 4, bigEndian: true)
        else { throw .truncated(.png) }
        guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else {
            throw .corrupt(.png, reason: "a side has no pixels or more than the format allows")
        }
        size = ImageSize(width: width, height: height)
        try limits.check(size, fileBytes: fileBytes)
    }
}
