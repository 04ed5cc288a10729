/// Arrays made by a formula that scripts in other languages know too, so that they need not be stored: value i of the
/// array called `name` is lower + (upper − lower) · u, u the first 24 bits of number i of SplitMix64 from the name's
/// FNV-1a hash.
public enum FormulaArray {
    /// The first `count` values.
    public static func values(_ name: String, count: Int, _ lower: Float, _ upper: Float) -> [Float] {
        let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var generator = SeededGenerator(seed: seed)
        let width = (upper - lower) / Float(1 << 24)
        return (0..<count).map { _ in lower + Float(generator.next() >> 40) * width }
    }

    /// A parameter of a PyTorch network, by its name and shape.
    public static func parameter(_ name: String, shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        if shape.count == 4 {
            let bound = (4.5 / Float(count / shape[0])).squareRoot()
            return values(name, count: count, -bound, bound)
        }
        if name.hasSuffix("scale_weight") { return values(name, count: count, 15, 25) }
        if name.hasSuffix(".running_var") || name.hasSuffix(".weight") { return values(name, count: count, 0.5, 1.5) }
        return values(name, count: count, -0.1, 0.1)
    }
}
