import CPNGShim

/// Decodes PNG with libpng.
enum PNGDecoder {
    /// The stored picture.
    static func decode(_ bytes: EncodedBytes, _ structure: PNGStructure) throws(ImageError) -> PixelImage {
        let (width, height) = (structure.size.width, structure.size.height)
        var failure: ImageError?
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            let message = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { message -> String? in
                let status = cpng_decode_rgb(
                    bytes.buffer.baseAddress, bytes.count, UInt32(width), UInt32(height), buffer.baseAddress,
                    message.baseAddress, message.count)
                return status == 0 ? nil : message.baseAddress.map { String(cString: $0) } ?? ""
            }
            if let message { failure = .corrupt(.png, reason: message) }
            count = failure == nil ? width * height * 3 : 0
        }
        if let failure { throw failure }
        return PixelImage(width: width, height: height, pixels: pixels)
    }
}
