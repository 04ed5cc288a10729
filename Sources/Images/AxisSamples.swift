/// For each position on a target axis the two source positions it lies between, and the weight of the second.
///
/// The centre of target pixel t is at (t + ½) · source/target − ½ in units of source pixels. Beyond the outermost
/// centres the picture goes on as it is at its edge.
struct AxisSamples: ~Copyable {
    let first: [Int]
    let second: [Int]
    let weight: [Float]
    /// How many target positions, from 0 on, use no sample of the last source position.
    let interiorCount: Int

    init(source: Int, target: Int) {
        var first = [Int](repeating: 0, count: target)
        var second = first
        var weight = [Float](repeating: 0, count: target)
        var interiorCount = 0
        let scale = Double(source) / Double(target)
        for position in 0..<target {
            let center = min(max((Double(position) + 0.5) * scale - 0.5, 0), Double(source - 1))
            first[position] = Int(center)
            second[position] = min(first[position] + 1, source - 1)
            weight[position] = Float(center - Double(first[position]))
            if second[position] < source - 1 { interiorCount = position + 1 }
        }
        self.first = first
        self.second = second
        self.weight = weight
        self.interiorCount = interiorCount
    }

    @inline(__always)
    borrowing func withPointers(
        _ body: (_ first: UnsafePointer<Int>, _ second: UnsafePointer<Int>, _ weight: UnsafePointer<Float>) -> Void
    ) {
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                weight.withUnsafeBufferPointer { weight in
                    guard let first = first.baseAddress, let second = second.baseAddress,
                        let weight = weight.baseAddress
                    else { return }
                    body(first, second, weight)
                }
            }
        }
    }
}
