import Foundation

/// What a benchmark measured.
struct BenchmarkResult: Sendable {
    /// Milliseconds an image of each run: a run's time over its images.
    var millisecondsPerImage: [Double]
    /// Images of all streams over the time they took.
    var imagesPerSecond: Double
    /// For each step of the engine, its milliseconds an image in each run; empty unless layers were timed.
    var steps: [[Double]] = []

    /// The value below which a share of the runs lies.
    static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
