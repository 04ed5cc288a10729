import Images
import TestSupport

/// A photo whose detections are known: black, with some of the 4×4 cells that `ColorDetector` looks at in a colour.
struct ColorPhoto {
    enum Color: Int, CaseIterable {
        case red = 1
        case green, blue
    }

    /// Pixels; multiples of 64, so that no cell's edge is blurred.
    var width = 64
    var height = 64
    var cells: [Int: Color]
    /// The colour's value, above 128 to be found at the default threshold.
    var level: UInt8 = 255
    /// Noise, as a photo has, so that the file is as large as a photo's.
    var grain = 0
    var seed: UInt64 = 1

    /// A photo like no other of less than 64 numbers: which cells have colour, and how many.
    static func numbered(_ number: Int, width: Int = 64, height: Int = 64, grain: Int = 0) -> ColorPhoto {
        var cells: [Int: Color] = [number % 16: Color.allCases[number % 3]]
        if number >= 16 { cells[(number + number / 16) % 16] = Color.allCases[(number + 1) % 3] }
        return ColorPhoto(width: width, height: height, cells: cells, grain: grain, seed: UInt64(number))
    }

    var image: PixelImage {
        var random = SeededGenerator(seed: seed)
        var image = PixelImage(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                var pixel = SIMD3<Int>(0, 0, 0)
                if let color = cells[y * 4 / height * 4 + x * 4 / width] { pixel[color.rawValue - 1] = Int(level) }
                if grain > 0 {
                    for channel in 0..<3 { pixel[channel] += Int.random(in: -grain...grain, using: &random) }
                }
                image[x, y] = SIMD3<UInt8>(clamping: pixel)
            }
        }
        return image
    }

    var jpeg: [UInt8] {
        get throws { try ImageEncoder.jpeg(image, quality: 95, subsampling: .none) }
    }

    var png: [UInt8] {
        get throws { try ImageEncoder.png(image) }
    }

    /// What is found: classes and boxes in pixels, in the order of the cells.
    var objects: [Found] {
        cells.sorted { $0.key < $1.key }.map { cell, color in
            let (x, y) = (Double(cell % 4 * width / 4), Double(cell / 4 * height / 4))
            return Found(
                label: "\(color)", id: color.rawValue, score: 0,
                box: [x, y, x + Double(width / 4), y + Double(height / 4)])
        }
    }
}
