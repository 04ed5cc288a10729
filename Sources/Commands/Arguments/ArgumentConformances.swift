import ArgumentParser
import HTTP
import Images
import Networks
import Serving

extension DCTScaling: ExpressibleByArgument {}
extension EndOfInputPolicy: ExpressibleByArgument {}
extension SSDArchitecture: ExpressibleByArgument {}

extension TrustedProxies: ExpressibleByArgument {
    /// Networks, addresses and `unix`, separated by commas, or `none`.
    /// Networks in CIDR notation, separated by commas.
    public init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self.init(argument)
    }

    /// As it would be written.
    public var defaultValueDescription: String { description }
}

extension RateLimit: ExpressibleByArgument {
    /// A count and a unit: `10/s`, `600/m`, `5000/h`.
    public init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
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
    /// As it would be written.
    public var defaultValueDescription: String {
        switch period {
        case .seconds(60): "\(count)/m"
        case .seconds(3600): "\(count)/h"
        default: "\(count)/s"
        }
    }
}
