/// Why bytes did not become pixels, or pixels bytes.
public enum ImageError: Error, Sendable, Hashable {
    /// The first bytes are of no format that is decoded.
    case notAnImage
    /// The first bytes are of a format that is known and not decoded.
    case foreign(ForeignFormat)
    /// The picture has more pixels than the limit.
    case tooManyPixels(width: Int, height: Int, limit: Int)
    /// One side of the picture is longer than the limit.
    case dimensionTooLarge(width: Int, height: Int, limit: Int)
    /// Decoding would take `needed` bytes, more than a picture of its size in a file of `fileBytes` may take.
    case tooMuchMemory(width: Int, height: Int, fileBytes: Int, needed: Int, limit: Int)
    /// A lossless WebP that is coded in more different ways than the limit.
    case tooManyPrefixCodes(limit: Int)
    /// A file of more segments or chunks than the limit.
    case tooManySegments(ImageFormat, limit: Int)
    /// A PNG of more than four bytes a pixel whose rows are `bytes` together, more than the limit.
    case tooManyRowBytes(bytes: Int, limit: Int)
    /// A JPEG of more scans than the limit.
    case tooManyScans(limit: Int)
    /// A JPEG whose scans together visit more samples than the limit.
    case tooManyScanSamples(limit: Int)
    /// The file ends before the picture does.
    case truncated(ImageFormat)
    /// The file breaks its format; `reason` says where.
    case corrupt(ImageFormat, reason: String)
    /// A valid file of a kind that is not decoded, such as "animated WebP".
    case unsupported(String)
    /// Something is wrong that would be forgiven otherwise.
    case flawed(ImageWarning)
    /// The picture could not be written in the format.
    case encodingFailed(ImageFormat, reason: String)
}

extension ImageError: CustomStringConvertible {
    /// One sentence for whoever sent the picture.
    public var description: String {
        switch self {
        case .notAnImage:
            "The data is not a JPEG, PNG or WebP image."
        case .foreign(let format):
            "The data is \(format == .avif ? "an" : "a") \(format.rawValue) image, which is not decoded: convert it to JPEG, such "
                + "as with “\(format.conversion)”."
        case .tooManyPixels(let width, let height, let limit):
            "The image is \(width) × \(height) pixels, more than the limit of \(limit) pixels."
        case .dimensionTooLarge(let width, let height, let limit):
            "The image is \(width) × \(height) pixels, with a side longer than the limit of \(limit) pixels."
        case .tooMuchMemory(let width, let height, let fileBytes, let needed, let limit):
            "The image is \(width) × \(height) pixels in \(fileBytes) bytes, and of a kind that takes \(needed) bytes to "
                + "decode, more than the limit of \(limit) bytes for a picture and a file of these sizes."
        case .tooManyPrefixCodes(let limit):
            "The WebP image is too costly to decode: it has more than \(limit) groups of prefix codes."
        case .tooManySegments(let format, let limit):
            "The \(format.rawValue) image has more than \(limit) segments."
        case .tooManyRowBytes(let bytes, let limit):
            "The PNG image is too costly to decode: with 16 bits a sample its rows are \(bytes) bytes, more than the limit of "
                + "\(limit) bytes."
        case .tooManyScans(let limit):
            "The JPEG image has more than \(limit) scans."
        case .tooManyScanSamples(let limit):
            "The JPEG image is too costly to decode: its scans visit more than \(limit) samples."
        case .truncated(let format):
            "The \(format.rawValue) image is incomplete: the file ends too early."
        case .corrupt(let format, let reason):
            "The \(format.rawValue) image is corrupt: \(reason)."
        case .unsupported(let kind):
            "The image cannot be decoded: \(kind) is not supported."
        case .flawed(let warning):
            "The image is refused, since no flaw is forgiven: \(warning)"
        case .encodingFailed(let format, let reason):
            "The picture could not be written as \(format.rawValue): \(reason)."
        }
    }
}

extension ImageError {
    /// Why bytes are refused that are of no format that is decoded.
    static func unknown(_ bytes: some Collection<UInt8>) -> ImageError {
        ForeignFormat.sniff(bytes).map { .foreign($0) } ?? .notAnImage
    }
}
