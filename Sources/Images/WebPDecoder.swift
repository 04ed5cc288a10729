import CWebP

/// Decodes WebP with libwebp.
enum WebPDecoder {
    /// The stored picture; of an animation its first frame, in its place on black.
    static func decode(_ structure: WebPStructure) throws(ImageError) -> DecodedImage {
        let pixels = try pixels(structure)
        let frame = PixelImage(
            width: structure.dataSize.width, height: structure.dataSize.height, pixels: pixels)
        var warnings: [ImageWarning] = []
        if structure.lacksEnd { warnings.append(.missingEnd(.webp)) }
        if structure.frames > 1 { warnings.append(.animation(.webp, frames: structure.frames)) }
        guard structure.dataSize != structure.size else { return DecodedImage(image: frame, warnings: warnings) }
        var canvas = PixelImage(width: structure.size.width, height: structure.size.height)
        canvas.replaceRows(by: frame, at: structure.offset)
        return DecodedImage(image: canvas, warnings: warnings)
    }

    /// Red, green and blue of what the structure says is to be read.
    private static func pixels(_ structure: WebPStructure) throws(ImageError) -> [UInt8] {
        let (width, height) = (structure.dataSize.width, structure.dataSize.height)
        let channels = structure.hasAlpha ? 4 : 3
        let size = width * height * channels

        var configuration = WebPDecoderConfig()
        guard WebPInitDecoderConfig(&configuration) != 0 else {
            throw .corrupt(.webp, reason: "the decoder could not start")
        }
        var status = VP8_STATUS_OK
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            configuration.output.colorspace = structure.hasAlpha ? MODE_RGBA : MODE_RGB
            configuration.output.is_external_memory = 1
            configuration.output.u.RGBA = WebPRGBABuffer(
                rgba: buffer.baseAddress, stride: Int32(width * channels), size: size)
            status = WebPDecode(structure.data.buffer.baseAddress, structure.data.count, &configuration)
            // The buffer is initialized only where the decoder has gone through the whole of the picture.
            guard status == VP8_STATUS_OK else { return count = 0 }
            if structure.hasAlpha { composeOnBlack(buffer, pixels: width * height) }
            count = width * height * 3
        }
        WebPFreeDecBuffer(&configuration.output)
        switch status {
        case VP8_STATUS_OK: return pixels
        case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: throw .truncated(.webp)
        case VP8_STATUS_UNSUPPORTED_FEATURE: throw .unsupported("this kind of WebP")
        default: throw .corrupt(.webp, reason: "its data contradicts itself")
        }
    }

    /// Every channel weighted by the pixel's alpha: four bytes a pixel become three, in place.
    private static func composeOnBlack(_ bytes: UnsafeMutableBufferPointer<UInt8>, pixels: Int) {
        for pixel in 0..<pixels {
            let alpha = UInt32(bytes[pixel * 4 + 3])
            for channel in 0..<3 {
                let product = UInt32(bytes[pixel * 4 + channel]) * alpha
                bytes[pixel * 3 + channel] = UInt8(truncatingIfNeeded: (product + 127) / 255)
            }
        }
    }
}
