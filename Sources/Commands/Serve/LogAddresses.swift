import Settings

/// Whether log lines name clients by their addresses.
enum LogAddresses: String, CaseIterable, SettingValue {
    case on
    case off
}
