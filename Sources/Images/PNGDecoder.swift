import CPNGShim

/// Decodes PNG with libpng.
enum PNGDecoder {
    /// The stored picture; of an animation the one that decoders show which know of none.
    static func decode(
        _ bytes: EncodedBytes, _ structure: PNGStructure, memory: PixelMemory
    ) throws(ImageError) -> DecodedImage {
        let (width, height) = (structure.size.width, structure.size.height)
        var pixels = memory.take(width * height * 3)
        var isTruncated = false
        let failure = pixels.withUnsafeMutableBufferPointer { buffer in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { message -> String? in
                let status = cpng_decode_rgb(
                    bytes.buffer.baseAddress, bytes.count, UInt32(width), UInt32(height), buffer.baseAddress,
                    message.baseAddress, message.count, &isTruncated)
                return status == 0 ? nil : message.baseAddress.map { String(cString: $0) } ?? ""
            }
        }
        if let failure {
            memory.giveBack(pixels)
            throw isTruncated ? .truncated(.png) : .corrupt(.png, reason: failure)
        }
        var warnings: [ImageWarning] = []
        if structure.lacksEnd { warnings.append(.missingEnd(.png)) }
        if structure.frames > 1 { warnings.append(.animation(.png, frames: structure.frames)) }
        return DecodedImage(image: PixelImage(width: width, height: height, pixels: pixels), warnings: warnings)
    }
}
