/// The grammar of names (Prometheus data model).
enum MetricName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    static func isMetric(_ name: String) -> Bool { matches(name, colonAllowed: true) }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; names that begin with two underscores are Prometheus's own.
    static func isLabel(_ name: String) -> Bool { matches(name, colonAllowed: false) && !name.hasPrefix("__") }

    private static func matches(_ name: String, colonAllowed: Bool) -> Bool {
        for (position, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                continue
            case UInt8(ascii: "0")...UInt8(ascii: "9") where position > 0:
                continue
            case UInt8(ascii: ":") where colonAllowed:
                continue
            default:
                return false
            }
        }
        return !name.isEmpty
    }

    /// The unit that a name ends with, by OpenMetrics' rule that a unit is the name's suffix.
    static func unit(of name: String) -> String? {
        ["seconds", "bytes"].first { name.hasSuffix("_" + $0) }
    }
}
