import CWebP

/// Decodes WebP with libwebp.
enum WebPDecoder {
    /// The stored picture.
    static func decode(_ bytes: EncodedBytes, _ structure: WebPStructure) throws(ImageError) -> PixelImage {
        let (width, height) = (structure.size.width, structure.size.height)
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
            status = WebPDecode(bytes.buffer.baseAddress, bytes.count, &configuration)
            // The buffer is initialized only where the decoder has gone through the whole of the picture.
            count = status == VP8_STATUS_OK ? size : 0
        }
        WebPFreeDecBuffer(&configuration.output)
        switch status {
        case VP8_STATUS_OK: break
        case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: throw .truncated(.webp)
        case VP8_STATUS_UNSUPPORTED_FEATURE: throw .unsupported("this kind of WebP")
        default: throw .corrupt(.webp, reason: "its data contradicts itself")
        }
        return PixelImage(
            width: width, height: height, pixels: structure.hasAlpha ? composedOnBlack(pixels) : pixels)
    }

    /// Every channel weighted by the pixel's alpha.
    private static func composedOnBlack(_ rgba: [UInt8]) -> [UInt8] {
        let pixels = rgba.count / 4
        return [UInt8](unsafeUninitializedCapacity: pixels * 3) { rgb, count in
            rgba.withUnsafeBufferPointer { rgba in
                for pixel in 0..<pixels {
                    let alpha = UInt32(rgba[pixel * 4 + 3])
                    for channel in 0..<3 {
                        let product = UInt32(rgba[pixel * 4 + channel]) * alpha
                        rgb[pixel * 3 + channel] = UInt8(truncatingIfNeeded: (product + 127) / 255)
                    }
                }
            }
            count = pixels * 3
        }
    }
}
