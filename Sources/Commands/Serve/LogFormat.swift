import Settings

/// How log lines look.
enum LogFormat: String, CaseIterable, SettingValue {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// One line for people.
    case text
    /// One JSON object a line.
    case json
    /// Events only as text, no line for each request.
    case quiet
}
