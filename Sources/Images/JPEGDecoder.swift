import CJPEGShim

/// Decodes JPEG with libjpeg-turbo.
enum JPEGDecoder {
    /// The stored picture at 1/`divisor` (1, 2, 4 or 8) of its size, rounded up, and what was forgiven.
    ///
    /// libjpeg decodes whatever it finds and calls missing or contradictory data a warning. A picture whose lower half is
    /// grey is no answer here: `JPEGStructure.requiredRows` must precede the first warning that is a sign of damage.
    static func decode(
        _ bytes: EncodedBytes, _ structure: JPEGStructure, divisor: Int, memory: PixelMemory
    ) throws(ImageError) -> DecodedImage {
        let (width, height) = (structure.size.width, structure.size.height)
        var picture = cjpeg_picture(
            width: UInt32(width), height: UInt32(height), divisor: UInt32(divisor),
            required_rows: UInt32(structure.requiredRows), has_inverted_inks: structure.hasAdobeMarker)
        let scaled = ImageSize(width: (width + divisor - 1) / divisor, height: (height + divisor - 1) / divisor)
        var pixels = memory.take(scaled.width * scaled.height * 3)
        var outcome = cjpeg_outcome()
        let status = pixels.withUnsafeMutableBufferPointer { buffer in
            cjpeg_decode_rgb(bytes.buffer.baseAddress, bytes.count, &picture, buffer.baseAddress, &outcome)
        }
        guard status == 0 else {
            memory.giveBack(pixels)
            throw failure(outcome)
        }
        var warnings: [ImageWarning] = []
        if outcome.sound_rows < picture.height {
            warnings.append(.damagedRows(.jpeg, from: Int(outcome.sound_rows), of: height))
        } else if structure.lacksEnd {
            warnings.append(.missingEnd(.jpeg))
        }
        return DecodedImage(
            image: PixelImage(width: scaled.width, height: scaled.height, pixels: pixels), warnings: warnings)
    }

    private static func failure(_ outcome: cjpeg_outcome) -> ImageError {
        if outcome.is_truncated { return .truncated(.jpeg) }
        let text = withUnsafeBytes(of: outcome.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let prefix = "Corrupt JPEG data: "
        return .corrupt(.jpeg, reason: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }
}
