import Platform
import Networks

/// How often a tensor had values of each size, negative and positive ones apart. Bins are of one width, which doubles
/// when a value beyond the last one comes, so that one pass over the values is enough.
package struct ValueHistogram {
    /// Bins for each sign. After the first doubling at least half of them are in use.
    package static let binCount = 4096

    /// Counts of values v with binWidth · i ≤ |v| < binWidth · (i + 1), v ≥ 0.
    package private(set) var positive = [Int](repeating: 0, count: binCount)
    /// The same of v < 0.
    package private(set) var negative = [Int](repeating: 0, count: binCount)
    /// The width of a bin.
    package private(set) var binWidth: Float = 0x1p-20
    /// The least value, at most 0.
    package private(set) var minimum: Float = 0
    /// The greatest value, at least 0.
    package private(set) var maximum: Float = 0
    /// The number of values.
    package private(set) var count = 0

    /// Counts values; those that are not finite are left out.
    package mutating func add(_ values: UnsafeBufferPointer<Float>) {
        var (least, greatest) = (minimum, maximum)
        for value in values where value - value == 0 {
            least = min(least, value)
            greatest = max(greatest, value)
        }
        (minimum, maximum) = (least, greatest)
        let largest = max(-least, greatest)
        while largest >= binWidth * Float(Self.binCount) { doubleBins() }
        let perUnit = 1 / binWidth
        positive.withUnsafeMutableBufferPointer { positive in
            negative.withUnsafeMutableBufferPointer { negative in
                for value in values where value - value == 0 {
                    // The width is a power of two, so that the product is exact and below the count.
                    if value < 0 { negative[Int(-value * perUnit)] += 1 } else { positive[Int(value * perUnit)] += 1 }
                    count += 1
                }
            }
        }
    }

    private mutating func doubleBins() {
        binWidth *= 2
        for index in 0..<Self.binCount {
            let first = 2 * index
            let isInside = first < Self.binCount
            positive[index] = isInside ? positive[first] + positive[first + 1] : 0
            negative[index] = isInside ? negative[first] + negative[first + 1] : 0
        }
    }

    /// A histogram without values.
    package init() {}

    // MARK: Ranges

    /// The range to give bytes to; it holds 0.
    package func range(_ method: CalibrationRange) -> ClosedRange<Float> {
        switch method {
        case .minmax: return minimum...maximum
        case .percentile:
            let outside = count / 10_000
            return -min(
                -minimum, Self.bound(negative, outside: outside, binWidth))...min(
                    maximum, Self.bound(positive, outside: outside, binWidth))
        case .entropy:
            let isOneSided = minimum == 0
            let bins = isOneSided ? positive : zip(positive, negative).map(+)
            let threshold = Float(Self.mostTellingBins(bins, levels: isOneSided ? 256 : 128)) * binWidth
            return max(minimum, -threshold)...min(maximum, threshold)
        }
    }

    /// The end of the last bin that has to be inside if at most `outside` values are not.
    private static func bound(_ bins: [Int], outside: Int, _ width: Float) -> Float {
        var beyond = 0
        for index in bins.indices.reversed() {
            beyond += bins[index]
            if beyond > outside { return Float(index + 1) * width }
        }
        return 0
    }

    /// The number of bins that are best kept when they become `levels` bytes.
    private static func mostTellingBins(_ counts: [Int], levels: Int) -> Int {
        var counts = counts.map(Double.init)
        // Exact zeros, of which a rectified tensor is full, say nothing of the range.
        counts[0] = counts[1]
        guard let last = counts.lastIndex(where: { $0 > 0 }), last >= levels else { return counts.count }
        var (best, leastDivergence) = (last + 1, Double.infinity)
        for kept in stride(from: levels, through: last + 1, by: 16) {
            var clamped = Array(counts[..<kept])
            clamped[kept - 1] += counts[kept...].reduce(0, +)
            let divergence = divergence(clamped, kept: counts[..<kept], levels: levels)
            if divergence < leastDivergence { (best, leastDivergence) = (kept, divergence) }
        }
        return best
    }

    /// Σ p ln (p / q), where q spreads what falls to each level evenly over the level's bins that are not empty.
    private static func divergence(_ clamped: [Double], kept: ArraySlice<Double>, levels: Int) -> Double {
        let total = clamped.reduce(0, +)
        let keptTotal = kept.reduce(0, +)
        guard total > 0, keptTotal > 0 else { return .infinity }
        var divergence = 0.0
        for level in 0..<levels {
            let bins = clamped.count * level / levels..<clamped.count * (level + 1) / levels
            let sum = bins.reduce(0) { $0 + kept[$1] }
            let occupied = bins.reduce(0) { $0 + (kept[$1] > 0 ? 1 : 0) }
            let share = occupied > 0 ? sum / Double(occupied) / keptTotal : 0
            for bin in bins where clamped[bin] > 0 {
                let p = clamped[bin] / total
                // What no byte stands for is as unlikely as a value in a million.
                divergence += p * log(p / max(kept[bin] > 0 ? share : 0, 1e-6))
            }
        }
        return divergence
    }
}
