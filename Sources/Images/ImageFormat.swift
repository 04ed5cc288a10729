/// The encodings that are decoded. Everything else is refused by its first bytes: a decoder that is not there cannot be
/// attacked.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webp = "WebP"

    /// The media type, as in `Content-Type`.
    public var mediaType: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        }
    }

    /// The format that the first bytes announce, or nil. It is a promise of the file, not yet a proof: only decoding
    /// proves it. Twelve bytes are enough.
    public static func sniff(_ bytes: some Collection<UInt8>) -> ImageFormat? {
        let start = Array(bytes.prefix(12))
        // JPEG: start of image, then the first byte of whichever marker follows (ITU-T T.81, B.1.1.3).
        if start.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        // PNG: the signature of ISO/IEC 15948, 5.2.
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        // WebP: RIFF, any length, WEBP (RFC 9649, 2.4).
        if start.starts(with: Array("RIFF".utf8)), start.dropFirst(8).elementsEqual("WEBP".utf8) { return .webp }
        return nil
    }
}
