/// A picture in memory: 8-bit red, green and blue, interleaved, rows from top to bottom without padding.
public struct PixelImage: Sendable, Hashable {
    /// Pixels a row; at least 1.
    public let width: Int
    /// Rows; at least 1.
    public let height: Int
    /// `width` × `height` × 3 bytes.
    public private(set) var pixels: [UInt8]

    /// A picture of the given pixels; their number must be `width` × `height` × 3.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has pixels")
        precondition(pixels.count == width * height * 3, "three bytes a pixel")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    public init(width: Int, height: Int, filledWith color: SIMD3<UInt8> = .zero) {
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            for index in 0..<width * height {
                for channel in 0..<3 { buffer[index * 3 + channel] = color[channel] }
            }
            count = width * height * 3
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The size in pixels.
    public var size: ImageSize { ImageSize(width: width, height: height) }

    /// Red, green and blue of the pixel at column `x` of row `y`.
    public subscript(x: Int, y: Int) -> SIMD3<UInt8> {
        get {
            precondition(x >= 0 && x < width && y >= 0 && y < height, "outside of the picture")
            let offset = (y * width + x) * 3
            return SIMD3(pixels[offset], pixels[offset + 1], pixels[offset + 2])
        }
        set {
            precondition(x >= 0 && x < width && y >= 0 && y < height, "outside of the picture")
            let offset = (y * width + x) * 3
            for channel in 0..<3 { pixels[offset + channel] = newValue[channel] }
        }
    }

    /// The pixels, for a picture that ends.
    consuming func takePixels() -> [UInt8] { pixels }

    /// Replaces the pixels from column `x` of row `y` on by those of a picture that fits there.
    mutating func replaceRows(by image: PixelImage, at offset: (x: Int, y: Int)) {
        precondition(offset.x >= 0 && offset.y >= 0, "outside of the picture")
        precondition(offset.x + image.width <= width && offset.y + image.height <= height, "outside of the picture")
        for row in 0..<image.height {
            let start = ((offset.y + row) * width + offset.x) * 3
            let source = image.pixels[row * image.width * 3..<(row + 1) * image.width * 3]
            pixels.replaceSubrange(start..<start + source.count, with: source)
        }
    }

    /// Gives `body` the pixels to write.
    mutating func withPixels<R>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> R) -> R {
        pixels.withUnsafeMutableBufferPointer { body($0) }
    }
}
