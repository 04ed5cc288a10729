/// For each position on a target axis the source positions that become it and their weights in 2²²nds, as Pillow has them for its
/// filter `BILINEAR`: those of a triangle around the centre, 1 wide to either side in units of the larger of the two pixels.
struct TriangleWeights: ~Copyable {
    /// The fraction's bits of a weight.
    static let bits: Int32 = 22
    /// Half a byte, by which what is cut off is rounded.
    static let half: Int32 = 1 << (bits - 1)

    /// The first source position of each target position.
    private(set) var start: [Int]
    /// How many there are.
    private(set) var count: [Int]
    /// The weights, `stride` for each target position.
    private(set) var weights: [Int32]
    let stride: Int
    /// The positions of the source.
    let source: Int

    init(source: Int, target: Int) {
        self.source = source
        let scale = Double(source) / Double(target)
        // Of an axis that stays each pixel is itself.
        let reach = max(scale, 1)
        stride = min(Int(reach.rounded(.up)) * 2 + 1, source)
        start = [Int](repeating: 0, count: target)
        count = start
        weights = [Int32](repeating: 0, count: target * stride)
        var shares = [Double](repeating: 0, count: stride)
        for position in 0..<target {
            let center = (Double(position) + 0.5) * scale
            let first = max(Int(center - reach + 0.5), 0)
            let length = min(Int(center + reach + 0.5), source) - first
            var sum = 0.0
            for index in 0..<length {
                let distance = abs((Double(index + first) - center + 0.5) * (1 / reach))
                shares[index] = distance < 1 ? 1 - distance : 0
                sum += shares[index]
            }
            (start[position], count[position]) = (first, length)
            for index in 0..<length {
                let share = sum == 0 ? shares[index] : shares[index] / sum
                weights[position * stride + index] = Int32(share * Double(1 << Self.bits) + 0.5)
            }
        }
    }
}
