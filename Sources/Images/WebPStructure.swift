import CWebP

/// What the headers of a WebP file (RFC 9649) say.
struct WebPStructure {
    let size: ImageSize
    let hasAlpha: Bool
    let orientation: Orientation

    init(_ bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        var features = WebPBitstreamFeatures()
        switch WebPGetFeatures(bytes.buffer.baseAddress, bytes.count, &features) {
        case VP8_STATUS_OK: break
        case VP8_STATUS_NOT_ENOUGH_DATA: throw .truncated(.webp)
        case VP8_STATUS_UNSUPPORTED_FEATURE: throw .unsupported("this kind of WebP")
        default: throw .corrupt(.webp, reason: "its headers are malformed")
        }
        size = ImageSize(width: Int(features.width), height: Int(features.height))
        guard size.width > 0, size.height > 0 else { throw .corrupt(.webp, reason: "a side has no pixels") }
        try limits.check(size, fileBytes: bytes.count)
        guard features.has_animation == 0 else { throw .unsupported("animated WebP") }
        hasAlpha = features.has_alpha != 0
        orientation = Self.orientation(bytes)
    }

    /// The orientation of the EXIF chunk, which usually follows the picture (section 2.7.1.5).
    private static func orientation(_ bytes: EncodedBytes) -> Orientation {
        var position = 12
        while let length = bytes.number(at: position + 4, size: 4, bigEndian: false) {
            if bytes.has("EXIF", at: position) {
                return bytes.slice(position + 8, length: length).map(ExifOrientation.read) ?? .topLeft
            }
            position += 8 + length + length % 2
        }
        return .topLeft
    }
}
