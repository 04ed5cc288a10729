/// For each position on a target axis the two source positions it lies between and the weight of the second in 2048ths,
/// as OpenCV's `INTER_LINEAR` has them for 8-bit pictures.
///
/// The centre of target pixel t is at (t + ½) · source/target − ½ in units of source pixels: a double, rounded to single
/// precision. Its fraction is the weight of the second position, rounded to 2048ths, ties to even; the first one has the
/// rest. (OpenCV rounds either weight by itself. Were the sum not 2048, a fraction would lie within 2⁻²⁵ of an odd
/// multiple of 1/4096 and not on it. All fractions being multiples of 1/(2 · target), it takes a target of 8192 pixels.)
struct FixedPointSamples: ~Copyable {
    /// The weight of a whole pixel.
    static let one: Int16 = 2048

    private(set) var first: [Int]
    private(set) var second: [Int]
    private(set) var weight: [Int16]

    /// The samples of a row. Where the centre lies beyond those of the outermost pixels, these have all the weight.
    init(columns source: Int, target: Int) {
        self.init(source: source, target: target)
        for index in 0..<target where first[index] == second[index] { weight[index] = 0 }
    }

    /// The samples of a column. Beyond the centres of the outermost rows these are blended with themselves: the picture
    /// does not end there, but the products' fractions are dropped twice.
    init(rows source: Int, target: Int) {
        self.init(source: source, target: target)
    }

    private init(source: Int, target: Int) {
        first = [Int](repeating: 0, count: target)
        second = first
        weight = [Int16](repeating: 0, count: target)
        let scale = Double(source) / Double(target)
        let last = source - 1
        for index in 0..<target {
            let center = Float((Double(index) + 0.5) * scale - 0.5)
            let floor = center.rounded(.down)
            let share = Int16(((center - floor) * Float(Self.one)).rounded(.toNearestOrEven))
            let position = Int(floor)
            // Who has no weight need not be read: the other takes the place.
            first[index] = min(max(share < Self.one ? position : position + 1, 0), last)
            second[index] = min(max(share > 0 ? position + 1 : position, 0), last)
            weight[index] = share
        }
    }
}
