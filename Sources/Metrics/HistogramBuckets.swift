/// The upper bounds of a histogram's buckets.
public struct HistogramBuckets: Sendable, Hashable {
    /// Ascending and finite.
    public let bounds: [Double]

    /// Buckets with these bounds, which must be finite and strictly ascending.
    public init(_ bounds: [Double]) {
        precondition(!bounds.isEmpty && bounds.allSatisfy(\.isFinite), "bounds must be finite")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend")
        self.bounds = bounds
    }

    /// For durations in seconds, from half a millisecond to ten seconds, in steps of about two.
    public static let seconds = HistogramBuckets([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])

    /// For counts from 1 to `maximum`: the powers of two and `maximum` itself.
    public static func powersOfTwo(through maximum: Int) -> HistogramBuckets {
        precondition(maximum > 0)
        var bounds: [Double] = []
        var bound = 1
        while bound < maximum {
            bounds.append(Double(bound))
            bound *= 2
        }
        return HistogramBuckets(bounds + [Double(maximum)])
    }

    /// The first bucket whose bound is not below `value`; `bounds.count` if there is none.
    func index(of value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
