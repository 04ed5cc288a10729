import Platform

/// A reproducible source of random numbers (SplitMix64, Steele, Lea and Flood 2014), with its own conversions to floats
/// and ranges, so that a seed means the same whatever the standard library.
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable {
    private var generator: SplitMix64

    /// The stream of a seed.
    public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    /// A stream for one of many uses of a seed, such as (epoch, photo): independent of every other and of the order in
    /// which they are used.
    public init(seed: UInt64, _ indices: Int...) {
        self.init(seed: seed)
        for index in indices { generator.state = next() ^ UInt64(bitPattern: Int64(index)) &* 0xD6E8_FEB8_6659_FD93 }
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 { generator.next() }

    /// A number in 0..<1, a multiple of 2⁻²⁴.
    public mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number between the ends of a range, uniformly.
    public mutating func number(in range: ClosedRange<Float>) -> Float {
        min(range.lowerBound + (range.upperBound - range.lowerBound) * unit(), range.upperBound)
    }

    /// An integer in 0..<`count`.
    public mutating func index(below count: Int) -> Int {
        precondition(count > 0, "a choice of none")
        return Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// True with a probability.
    public mutating func chance(_ probability: Float) -> Bool { unit() < probability }

    /// 0..<`count` in random order (Fisher and Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
        return order
    }

    /// A number of the standard normal distribution (Box and Muller 1958).
    public mutating func normal() -> Float {
        let radius = (-2 * log(1 - Double(unit()))).squareRoot()
        return Float(radius * cos(2 * .pi * Double(unit())))
    }
}
