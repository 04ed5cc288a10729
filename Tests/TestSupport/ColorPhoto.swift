import Images

/// A photo whose detections are known: black, with some of the 4×4 cells that `ColorDetector` looks at in a colour.
package struct ColorPhoto: Sendable {
    /// What fills a cell.
    package struct Color: Sendable {
        /// The class of the detector.
        let id: Int
        /// The channel's value, above 128 to be found at the default threshold.
        var level: UInt8 = 255

        package static let red = Color(id: 1)
        package static let green = Color(id: 2)
        package static let blue = Color(id: 3)
        static let all = [red, green, blue]

        /// The colour at another level.
        package func at(_ level: UInt8) -> Color { Color(id: id, level: level) }
    }

    /// Pixels; multiples of 32, so that no cell's edge is blurred.
    package var width: Int
    package var height: Int
    package var cells: [Int: Color]
    /// Noise, as a photo has, so that the file is as large as a photo's.
    private let grain: Int
    private let seed: UInt64

    package init(
        width: Int = 64, height: Int = 64, cells: [Int: Color] = [0: .red], grain: Int = 0, seed: UInt64 = 1
    ) {
        (self.width, self.height, self.cells, self.grain, self.seed) = (width, height, cells, grain, seed)
    }

    /// A photo like no other of less than 64 numbers: which cells have colour, and how many.
    package static func numbered(_ number: Int, width: Int = 64, height: Int = 64, grain: Int = 0) -> ColorPhoto {
        var cells = [number % 16: Color.all[number % 3]]
        if number >= 16 { cells[(number + number / 16) % 16] = Color.all[(number + 1) % 3] }
        return ColorPhoto(width: width, height: height, cells: cells, grain: grain, seed: UInt64(number))
    }

    package var image: PixelImage {
        var random = SeededGenerator(seed: seed)
        var image = PixelImage(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                var pixel = SIMD3<Int>(0, 0, 0)
                if let color = cells[y * 4 / height * 4 + x * 4 / width] { pixel[color.id - 1] = Int(color.level) }
                if grain > 0 {
                    for channel in 0..<3 { pixel[channel] += Int.random(in: -grain...grain, using: &random) }
                }
                image[x, y] = SIMD3<UInt8>(clamping: pixel)
            }
        }
        return image
    }

    package var jpeg: [UInt8] {
        get throws { try ImageEncoder.jpeg(image, quality: 95, subsampling: .none) }
    }

    package var png: [UInt8] {
        get throws { try ImageEncoder.png(image) }
    }

    /// As a camera took it lying on its side: EXIF orientation 6, to be turned clockwise.
    package var sidewaysJPEG: [UInt8] {
        get throws {
            try Self.jpeg(image, orientation: 6)
        }
    }

    /// The photo as a camera stores it that writes an EXIF orientation, 1…8: turned upright, it is the photo.
    package func jpeg(orientation: UInt8) throws -> [UInt8] {
        let upright = image
        let isTransposed = orientation >= 5
        var stored = PixelImage(width: isTransposed ? height : width, height: isTransposed ? width : height)
        for y in 0..<stored.height {
            for x in 0..<stored.width {
                // EXIF 2.32, table of the tag 274: where the stored row 0 and column 0 are seen.
                let place: (x: Int, y: Int) =
                    switch orientation {
                    case 2: (width - 1 - x, y)
                    case 3: (width - 1 - x, height - 1 - y)
                    case 4: (x, height - 1 - y)
                    case 5: (y, x)
                    case 6: (width - 1 - y, x)
                    case 7: (width - 1 - y, height - 1 - x)
                    case 8: (y, height - 1 - x)
                    default: (x, y)
                    }
                stored[x, y] = upright[place.x, place.y]
            }
        }
        return try Self.jpeg(stored, orientation: orientation)
    }

    private static func jpeg(_ image: PixelImage, orientation: UInt8) throws -> [UInt8] {
        let jpeg = try ImageEncoder.jpeg(image, quality: 100, subsampling: .none)
        // Exif, then a big-endian TIFF with one directory of one entry: tag 0x0112, type SHORT, count 1, the value.
        let exif: [UInt8] =
            Array("Exif\0\0MM".utf8)
            + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        let length = UInt16(exif.count + 2)
        return Array(jpeg[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + exif + jpeg[2...]
    }

    /// What is found: classes and boxes in pixels, in the order of the cells.
    package var objects: [Found] {
        cells.sorted { $0.key < $1.key }.map { cell, color in
            let (x, y) = (Double(cell % 4 * width / 4), Double(cell / 4 * height / 4))
            return Found(
                label: ColorDetector.names[color.id] ?? "", id: color.id, score: 0,
                box: [x, y, x + Double(width / 4), y + Double(height / 4)])
        }
    }
}
