import Settings
import Transport

/// Endpoints on the command line or in a configuration, separated by commas: `127.0.0.1:8080,[::1]:8080,unix:/run/m.sock`.
struct EndpointList: SettingValue {
    /// At least one.
    let endpoints: [Endpoint]

    init?(settingText: String) {
        var endpoints: [Endpoint] = []
        for element in settingText.split(separator: ",", omittingEmptySubsequences: false) {
            guard let endpoint = Self.endpoint(element.drop { $0 == " " }) else { return nil }
            endpoints.append(endpoint)
        }
        self.endpoints = endpoints
    }

    var settingText: String? { endpoints.map(\.description).joined(separator: ",") }
    static var isList: Bool { true }
    static var expectation: String { "endpoints such as 127.0.0.1:80,[::1]:80,unix:/run/multibox.sock" }

    private static func endpoint(_ text: Substring) -> Endpoint? {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            return path.isEmpty ? nil : .unix(path: String(path))
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            // Where would the address end?
            return nil
        }
        guard !host.isEmpty, (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        return .tcp(host: String(host), port: port)
    }
}
