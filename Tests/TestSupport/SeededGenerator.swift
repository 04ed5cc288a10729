import Platform

/// A deterministic random generator, so that a failing random case can be run again from its seed.
public typealias SeededGenerator = SplitMix64
