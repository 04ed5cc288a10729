import CWebP

/// What the headers of a WebP file (RFC 9649) say, and where its picture is.
struct WebPStructure {
    /// The size of the picture: that of the canvas, if it is an animation.
    let size: ImageSize
    let orientation: Orientation
    /// Frames of an animation; 0 of a picture that is none.
    let frames: Int
    /// The file ends before it says: of an animation later frames, or a part of one, are missing.
    let lacksEnd: Bool

    /// What the decoder is to read: the file, or the first frame of an animation.
    let data: EncodedBytes
    let hasAlpha: Bool
    /// The size of what `data` holds, and where in the picture its upper left pixel is.
    let dataSize: ImageSize
    let offset: (x: Int, y: Int)

    init(_ bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        let file = try Self.features(of: bytes)
        size = file.size
        try limits.check(size)
        let chunks = Self.chunks(bytes, isAnimated: file.isAnimated)
        orientation = chunks.orientation
        frames = chunks.frames
        // The length of what follows these eight bytes. That a file with one picture is whole the decoder checks.
        lacksEnd = file.isAnimated && (bytes.number(at: 4, size: 4, bigEndian: false) ?? 0) > bytes.count - 8
        guard file.isAnimated else {
            (data, hasAlpha, dataSize, offset) = (bytes, file.hasAlpha, size, (0, 0))
            let codes = try Self.memoryOfCodes(bytes, from: 12, size: size)
            try limits.checkMemory(file.memory + codes, of: size, fileBytes: bytes.count)
            return
        }
        guard let frame = chunks.firstFrame else { throw .truncated(.webp) }
        // ANMF, section 2.7.1.1: a place in units of two pixels, a size less one, 4 bytes of timing, then the image.
        func number(_ offset: Int) throws(ImageError) -> Int {
            guard let number = frame.number(at: offset, size: 3, bigEndian: false) else { throw .truncated(.webp) }
            return number
        }
        offset = (2 * (try number(0)), 2 * (try number(3)))
        dataSize = ImageSize(width: try number(6) + 1, height: try number(9) + 1)
        guard dataSize.width <= size.width, offset.x <= size.width - dataSize.width,
            dataSize.height <= size.height, offset.y <= size.height - dataSize.height,
            let image = frame.slice(16, length: max(0, frame.count - 16))
        else { throw .corrupt(.webp, reason: "its first frame lies outside of the picture") }
        data = image
        let features = try Self.features(of: image)
        guard !features.isAnimated, features.size == dataSize else {
            throw .corrupt(.webp, reason: "its headers contradict each other")
        }
        hasAlpha = features.hasAlpha
        let codes = try Self.memoryOfCodes(image, from: 0, size: dataSize)
        try limits.checkMemory(features.memory + codes, of: size, fileBytes: bytes.count)
    }

    /// Groups of prefix codes. Their tables are made anew for each picture, up to a tenth of a millisecond a group.
    static let maximumPrefixCodes = 4096

    /// What the decoder takes for the prefix codes of a lossless image, or of transparency, in bytes: that of the picture
    /// whose chunks, from `position` on, are an optional header and what precedes the image, then the image itself.
    private static func memoryOfCodes(
        _ bytes: EncodedBytes, from position: Int, size: ImageSize
    ) throws(ImageError) -> Int {
        var position = position
        var memory = 0
        func note(_ codes: WebPPrefixCodes) throws(ImageError) {
            guard codes.tiles <= maximumPrefixCodes else { throw .tooManyPrefixCodes(limit: maximumPrefixCodes) }
            memory = max(memory, codes.memory)
        }
        while let length = bytes.number(at: position + 4, size: 4, bigEndian: false) {
            let data = bytes.slice(position + 8, length: min(length, bytes.count - position - 8))
            if let data, bytes.has("ALPH", at: position) { try note(try WebPPrefixCodes(alpha: data, size: size)) }
            if let data, bytes.has("VP8L", at: position) {
                try note(try WebPPrefixCodes(lossless: data))
                return memory
            }
            if bytes.has("VP8 ", at: position) { return memory }
            position += 8 + length + length % 2
        }
        throw .corrupt(.webp, reason: "it holds no picture")
    }

    private struct Features {
        var size: ImageSize
        var hasAlpha: Bool
        var isAnimated: Bool
        /// What decoding takes, in bytes: three or four for the pixel that comes out. Four for that of a lossless
        /// picture before it is made red, green and blue; one for the alpha of a lossy one, and up to four before.
        var memory: Int
    }

    private static func features(of bytes: EncodedBytes) throws(ImageError) -> Features {
        var features = WebPBitstreamFeatures()
        switch WebPGetFeatures(bytes.buffer.baseAddress, bytes.count, &features) {
        case VP8_STATUS_OK: break
        case VP8_STATUS_NOT_ENOUGH_DATA: throw .truncated(.webp)
        case VP8_STATUS_UNSUPPORTED_FEATURE: throw .unsupported("this kind of WebP")
        default: throw .corrupt(.webp, reason: "its headers are malformed")
        }
        guard (1...1 << 24).contains(features.width), (1...1 << 24).contains(features.height) else {
            throw .corrupt(.webp, reason: "a side has no pixels or more than the format allows")
        }
        let size = ImageSize(width: Int(features.width), height: Int(features.height))
        let hasAlpha = features.has_alpha != 0
        let isLossy = features.format == 1
        let perPixel = (hasAlpha ? 4 : 3) + (isLossy ? (hasAlpha ? 5 : 0) : 4)
        return Features(
            size: size, hasAlpha: hasAlpha, isAnimated: features.has_animation != 0,
            memory: perPixel * size.width * size.height)
    }

    /// The orientation of the EXIF chunk, which usually follows the picture (section 2.7.1.5), and the frames of an
    /// animation, of which only the first must be whole.
    private static func chunks(
        _ bytes: EncodedBytes, isAnimated: Bool
    ) -> (orientation: Orientation, frames: Int, firstFrame: EncodedBytes?) {
        var orientation: Orientation?
        var frames = 0
        var firstFrame: EncodedBytes?
        var position = 12
        while let length = bytes.number(at: position + 4, size: 4, bigEndian: false) {
            if orientation == nil, bytes.has("EXIF", at: position) {
                orientation = bytes.slice(position + 8, length: length).map(ExifOrientation.read) ?? .topLeft
                if !isAnimated { break }
            }
            if isAnimated, bytes.has("ANMF", at: position) {
                if frames == 0 { firstFrame = bytes.slice(position + 8, length: length) }
                frames += 1
            }
            position += 8 + length + length % 2
        }
        return (orientation ?? .topLeft, frames, firstFrame)
    }
}
