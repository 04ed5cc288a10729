import Quantization
import TestSupport
import Testing

/// Ranges from the values that a tensor had.
struct ValueHistogramTests {
    private func histogram(_ values: [Float], chunk: Int = 1000) -> ValueHistogram {
        var histogram = ValueHistogram()
        for begin in stride(from: 0, to: values.count, by: chunk) {
            Array(values[begin..<min(begin + chunk, values.count)]).withUnsafeBufferPointer { histogram.add($0) }
        }
        return histogram
    }

    /// About a normal distribution: the sum of twelve uniform ones.
    private func normal(_ count: Int, seed: UInt64) -> [Float] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &random) }
        }
    }

    @Test func `all values are counted, whatever their order and however far the bins must grow`() {
        let values: [Float] = [1e-6, -3, 0, 70_000, -0.25, 12, 12, 1e-30]
        for chunk in 1...values.count {
            let histogram = histogram(values, chunk: chunk)
            #expect(histogram.count == 8 && histogram.minimum == -3 && histogram.maximum == 70_000)
            #expect(histogram.positive.reduce(0, +) == 6 && histogram.negative.reduce(0, +) == 2)
            #expect(histogram.positive[Int(70_000 / histogram.binWidth)] == 1)
            #expect(histogram.range(.minmax) == -3...70_000)
        }
        let odd = histogram([.nan, 1, .infinity, -.infinity])
        #expect(odd.count == 1 && odd.range(.minmax) == 0...1)
        for range in CalibrationRange.allCases { #expect(histogram([]).range(range) == 0...0) }
    }

    @Test func `the percentile leaves out one value in ten thousand at each end`() {
        // 0.001 … 100 in equal steps: ten values lie above 99.99.
        let values = (1...100_000).map { Float($0) / 1000 }
        let range = histogram(values).range(.percentile)
        #expect(range.lowerBound == 0 && abs(range.upperBound - 99.99) <= histogram(values).binWidth)
        // A few outliers no longer decide.
        let spiked = histogram(values + [Float](repeating: 1000, count: 8) + [Float](repeating: -50, count: 9))
        #expect(spiked.range(.minmax) == -50...1000)
        let clipped = spiked.range(.percentile)
        #expect(clipped.lowerBound == 0 && clipped.upperBound < 101)
    }

    @Test func `the entropy keeps the mass of a distribution and drops far outliers`() {
        let values = normal(200_000, seed: 1)
        let range = histogram(values).range(.entropy)
        #expect((2.5...6).contains(range.upperBound) && range.lowerBound < -2.5)
        let spiked = histogram(values + [60, -60]).range(.entropy)
        #expect(spiked.upperBound < 12 && spiked.upperBound > 2.5)
        // A rectified tensor, half of it zeros: the zeros do not narrow the range.
        let rectified = histogram(values.map { max($0, 0) }).range(.entropy)
        #expect(rectified.lowerBound == 0 && (2.5...6).contains(rectified.upperBound))
    }
}
