import Images

/// Small pictures whose detections are known.
enum Photo {
    static let red = SIMD3<UInt8>(255, 0, 0)
    static let green = SIMD3<UInt8>(0, 255, 0)
    static let blue = SIMD3<UInt8>(0, 0, 255)

    /// A black picture of `width` × `height` pixels in which cells of the 4 × 4 grid are filled; both sizes are multiples of
    /// 32, so that no cell's edge is blurred.
    static func pixels(width: Int = 64, height: Int = 64, cells: [Int: SIMD3<UInt8>]) -> PixelImage {
        var image = PixelImage(width: width, height: height)
        for (cell, color) in cells {
            for y in (cell / 4 * height / 4)..<((cell / 4 + 1) * height / 4) {
                for x in (cell % 4 * width / 4)..<((cell % 4 + 1) * width / 4) { image[x, y] = color }
            }
        }
        return image
    }

    /// Such a picture as PNG.
    static func png(width: Int = 64, height: Int = 64, cells: [Int: SIMD3<UInt8>] = [0: red]) throws -> [UInt8] {
        try ImageEncoder.png(pixels(width: width, height: height, cells: cells))
    }

    /// A JPEG that a camera took lying on its side: EXIF orientation 6, to be turned clockwise.
    static func sidewaysJPEG(_ image: PixelImage) throws -> [UInt8] {
        let jpeg = try ImageEncoder.jpeg(image, quality: 100, subsampling: .none)
        // Exif, then a big-endian TIFF with one directory of one entry: tag 0x0112, type SHORT, count 1, value 6.
        let exif: [UInt8] =
            Array("Exif\0\0MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
        let length = UInt16(exif.count + 2)
        return Array(jpeg[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + exif + jpeg[2...]
    }
}
