/// Where the value of a setting comes from, the one that is heeded first being the least.
public enum SettingSource: Int, Sendable, Comparable {
    case flag, environment, file, `default`

    /// The words for people.
    public var name: String { "\(self)" }

    /// Whether the left one is heeded before the right one.
    public static func < (left: SettingSource, right: SettingSource) -> Bool { left.rawValue < right.rawValue }
}
