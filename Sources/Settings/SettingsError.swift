/// Why settings cannot be settled.
public enum SettingsError: Error, Hashable, Sendable {
    /// A setting, where it was given (`--port`, `MULTIBOX_PORT`, `file, port`), is no value for it.
    case invalid(origin: String, SettingFault)
    /// A file says something that is no setting.
    case unknownKey(String, file: String, nearest: String?)
}

extension SettingsError: CustomStringConvertible {
    /// One sentence for whoever gave the settings, without a full stop.
    public var description: String {
        switch self {
        case .invalid(let origin, .notAValue(let text, let expected)):
            "\(origin): \"\(text)\" is not a value for it: it takes \(expected)"
        case .invalid(let origin, .outOfRange(let value, let lowest, let highest)):
            "\(origin): \(value) is not between \(lowest) and \(highest)"
        case .unknownKey(let key, let file, let nearest):
            "\(file): there is no setting \(key)" + (nearest.map { "; did you mean \($0)?" } ?? "")
        }
    }
}
