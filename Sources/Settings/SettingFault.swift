/// What is wrong with the text of a setting.
public enum SettingFault: Error, Hashable, Sendable {
    /// It is no value of the setting's kind.
    case notAValue(text: String, expected: String)
    /// It is a value beyond the setting's range.
    case outOfRange(value: String, lowest: String, highest: String)
}
