import Settings

/// How much a log line matters.
enum LogLevel: String, CaseIterable, Comparable, SettingValue {
    /// What goes as it should and comes every few seconds: probes that were answered 200.
    case debug
    /// Requests, and the events of the service's life.
    case info
    /// The service turns somebody away.
    case warning
    /// The service failed at something.
    case error

    static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
