/// A small generator of random numbers (SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014). Whoever knows the seed knows the sequence.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
    /// What is added to the state with each number: 2⁶⁴ over the golden ratio, made odd.
    package static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    package var state: UInt64

    /// The sequence that belongs to `seed`.
    public init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// The finalizer, a bijection.
    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
