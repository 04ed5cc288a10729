/// What a setting is where nobody says anything.
public enum SettingDefault<Target: Sendable, Value: SettingValue>: Sendable {
    /// What its place holds anyway.
    case standing
    /// What follows from the settings before it, or from the machine; told to people in these words.
    case computed(String, @Sendable (Target) -> Value)
}
