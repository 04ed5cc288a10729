extension Duration {
    /// In nanoseconds: 0 where it is negative, a hundred years where it is more, so that sums of some stay in range.
    package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = Swift.min(Swift.max(self, .zero), .seconds(3_153_600_000)).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// In seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }

    /// In milliseconds.
    package var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15 }
}
