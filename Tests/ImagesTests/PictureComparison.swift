import Images

extension PixelImage {
    /// The largest difference of any channel from another picture of the same size.
    func largestDifference(from other: PixelImage) -> Int {
        guard size == other.size else { return .max }
        return zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    /// The largest difference of any channel from a picture given by its colours.
    func largestDifference(from color: (Int, Int) -> SIMD3<Int>) -> Int {
        var largest = 0
        for y in 0..<height {
            for x in 0..<width {
                let own = SIMD3<Int>(truncatingIfNeeded: self[x, y])
                let difference = own &- color(x, y)
                for channel in 0..<3 { largest = max(largest, abs(difference[channel])) }
            }
        }
        return largest
    }

    /// Every pixel different, so that no two places can be confused.
    static func numbered(width: Int, height: Int) -> PixelImage {
        var image = PixelImage(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                image[x, y] = SIMD3(UInt8(x % 256), UInt8(y % 256), UInt8((x / 256 * 16 + y / 256) % 256))
            }
        }
        return image
    }
}

extension [UInt8] {
    /// Where these bytes differ first from others, in words. (What a test prints of unequal arrays by itself takes time
    /// that grows with the square of their length.)
    func firstDifference(from other: [UInt8]) -> String? {
        guard count == other.count else { return "\(count) instead of \(other.count) bytes" }
        return indices.first { self[$0] != other[$0] }.map { "\(self[$0]) instead of \(other[$0]) at \($0)" }
    }
}
