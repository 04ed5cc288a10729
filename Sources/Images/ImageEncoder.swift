import CPNGShim
import CTurboJPEG

/// Writes a picture as the bytes of a file.
public enum ImageEncoder {
    /// How densely a JPEG's colour is sampled.
    public enum ChromaSubsampling: Sendable, Hashable {
        /// At every pixel (4:4:4): sharp edges between colours, such as those of drawn boxes.
        case none
        /// At every second pixel of every second row (4:2:0): smaller files.
        case half
    }

    /// A baseline JPEG of `quality` 1 (smallest) to 100 (best).
    public static func jpeg(
        _ image: PixelImage, quality: Int = 90, subsampling: ChromaSubsampling = .half
    ) throws(ImageError) -> [UInt8] {
        precondition((1...100).contains(quality), "quality is between 1 and 100")
        guard image.width <= 65_500, image.height <= 65_500 else {
            throw .encodingFailed(.jpeg, reason: "the format ends at 65500 pixels a side")
        }
        guard let handle = tjInitCompress() else {
            throw .encodingFailed(.jpeg, reason: "the encoder could not start")
        }
        defer { tjDestroy(handle) }
        let sampling = subsampling == .none ? Int32(TJSAMP_444.rawValue) : Int32(TJSAMP_420.rawValue)
        let capacity = Int(tjBufSize(Int32(image.width), Int32(image.height), sampling))
        var succeeded = false
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var target = buffer.baseAddress
            var size = UInt(capacity)
            let status = image.pixels.withUnsafeBufferPointer { pixels in
                tjCompress2(
                    handle, pixels.baseAddress, Int32(image.width), 0, Int32(image.height), TJPF_RGB.rawValue,
                    &target, &size, sampling, Int32(quality), TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT)
            }
            succeeded = status == 0
            count = succeeded ? Int(size) : 0
        }
        guard succeeded else {
            let reason = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "the encoder failed"
            throw .encodingFailed(.jpeg, reason: reason)
        }
        return bytes
    }

    /// A PNG, 8-bit RGB, without loss.
    public static func png(_ image: PixelImage) throws(ImageError) -> [UInt8] {
        // Deflate stores what it cannot compress; the rest is headers of rows, blocks and chunks.
        let raw = (image.width * 3 + 1) * image.height
        let capacity = raw + raw / 256 + 4096
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = image.pixels.withUnsafeBufferPointer { pixels in
                cpng_encode_rgb(
                    pixels.baseAddress, UInt32(image.width), UInt32(image.height), buffer.baseAddress, capacity)
            }
        }
        guard !bytes.isEmpty else { throw .encodingFailed(.png, reason: "the encoder failed") }
        return bytes
    }
}
