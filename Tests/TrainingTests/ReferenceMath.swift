#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

func exponential(_ x: Double) -> Double { exp(x) }

func logSoftmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let logSum = log(row.reduce(0) { $0 + exp($1 - largest) }) + largest
    return row.map { $0 - logSum }
}

/// The largest difference, relative to the largest magnitude or 1.
func relativeDifference(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
    var (difference, magnitude) = (0.0, 1.0)
    for (x, y) in zip(a, b) {
        difference = max(difference, (x - y).magnitude)
        magnitude = max(magnitude, x.magnitude, y.magnitude)
    }
    return difference / magnitude
}
