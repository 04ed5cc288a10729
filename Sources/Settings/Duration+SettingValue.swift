extension Duration: SettingValue {
    /// Units with their lengths in milliseconds; that of a suffix comes after the longer one.
    private static let units: [(suffix: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1e3), ("m", 6e4), ("h", 3.6e6),
    ]

    /// Reads digits, with a fraction if you like, and a unit: `500ms`, `5s`, `2m`, `1h`. At most 24 h.
    public init?(settingText: String) {
        guard let unit = Self.units.first(where: { settingText.hasSuffix($0.suffix) }) else { return nil }
        let digits = settingText.dropLast(unit.suffix.count)
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }),
            let number = Double(digits), number * unit.milliseconds <= 8.64e7
        else { return nil }
        self = .microseconds(Int64(number * unit.milliseconds * 1e3))
    }

    /// In whole hours or seconds, or in milliseconds: `5s`, `250ms`.
    public var settingText: String? {
        let (seconds, attoseconds) = components
        if attoseconds == 0, seconds > 0 { return seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s" }
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        guard microseconds % 1000 != 0 else { return "\(microseconds / 1000)ms" }
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.utf8.count) + "\(fraction)ms"
    }

    /// A duration.
    public static var expectation: String { "a duration such as 500ms, 5s or 2m" }
}
