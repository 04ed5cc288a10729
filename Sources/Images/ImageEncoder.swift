import CJPEGShim
import CPNGShim

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
        // Blocks of 64 samples, three for each 8 × 8 pixels or six for each 16 × 16. Two bytes a sample are what
        // libjpeg-turbo's own tjBufSize counts.
        let (side, samples) = subsampling == .none ? (8, 3 * 64) : (16, 6 * 64)
        let units = ((image.width + side - 1) / side) * ((image.height + side - 1) / side)
        let capacity = 2 * units * samples + 4096
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = image.pixels.withUnsafeBufferPointer { pixels in
                cjpeg_encode_rgb(
                    pixels.baseAddress, UInt32(image.width), UInt32(image.height), Int32(quality),
                    subsampling == .half, buffer.baseAddress, capacity)
            }
        }
        guard !bytes.isEmpty else { throw .encodingFailed(.jpeg, reason: "the encoder failed") }
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
