import HTTP
import Images
import Serving
import Settings

extension DCTScaling: SettingValue {}
extension EndOfInputPolicy: SettingValue {}

extension DigestArgument: SettingValue {
    init?(settingText: String) { self.init(argument: settingText) }
    var settingText: String? { digits }
    static var expectation: String { "64 hexadecimal digits" }
}

extension TrustedProxies: SettingValue {
    /// Networks in CIDR notation, addresses and `unix`, separated by commas, or `none`.
    public init?(settingText: String) {
        guard !settingText.isEmpty else { return nil }
        self.init(settingText)
    }

    /// As it was written.
    public var settingText: String? { description }
    /// Several are one list.
    public static var isList: Bool { true }
    /// Networks.
    public static var expectation: String { "networks such as 10.0.0.0/8,::1, or unix, or none" }
}

extension AllowedOrigins: SettingValue {
    /// Origins separated by commas, `*` or `none`.
    public init?(settingText: String) { self.init(settingText) }
    /// As it would be written.
    public var settingText: String? { description }
    /// Origins.
    public static var expectation: String { "origins such as https://app.example,http://localhost:3000, or *, or none" }
    /// Several are one list.
    public static var isList: Bool { true }
}

extension RateLimit: SettingValue {
    /// A count and a unit: `10/s`, `600/m`, `5000/h`.
    public init?(settingText: String) {
        let parts = settingText.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...7).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(parts[0]), count > 0
        else { return nil }
        switch parts[1] {
        case "s": self.init(count: count, period: .seconds(1))
        case "m": self.init(count: count, period: .seconds(60))
        case "h": self.init(count: count, period: .seconds(3600))
        default: return nil
        }
    }

    /// As it would be written.
    public var settingText: String? {
        switch period {
        case .seconds(60): "\(count)/m"
        case .seconds(3600): "\(count)/h"
        default: "\(count)/s"
        }
    }

    /// A rate.
    public static var expectation: String { "a rate such as 10/s, 600/m or 5000/h" }
}
