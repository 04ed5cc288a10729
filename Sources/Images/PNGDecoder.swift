import CPNGShim

/// Decodes PNG with libpng.
enum PNGDecoder {
    /// The stored picture.
    static func decode(
        _ bytes: EncodedBytes, _ structure: PNGStructure, memory: PixelMemory
    ) throws(ImageError) -> PixelImage {
        let (width, height) = (structure.size.width, structure.size.height)
        var pixels = memory.take(width * height * 3)
        let failure = pixels.withUnsafeMutableBufferPointer { buffer in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { message -> String? in
                let status = cpng_decode_rgb(
                    bytes.buffer.baseAddress, bytes.count, UInt32(width), UInt32(height), buffer.baseAddress,
                    message.baseAddress, message.count)
                return status == 0 ? nil : message.baseAddress.map { String(cString: $0) } ?? ""
            }
        }
        if let failure {
            memory.giveBack(pixels)
            throw .corrupt(.png, reason: failure)
        }
        return PixelImage(width: width, height: height, pixels: pixels)
    }
}
