import Transport

/// The address of a service on the command line: `http://HOST[:PORT][/PATH][?QUERY]`, the same with `https`, or `unix:PATH` for
/// a Unix socket.
struct ServiceURL: Sendable, CustomStringConvertible {
    /// Where to connect.
    let endpoint: Endpoint
    /// What the service is called there: the `Host` of requests.
    let authority: String
    /// What stands before the paths of its routes: none, or `/` and more without a slash at the end.
    let path: String
    /// What stands behind the paths of its routes; nil for nothing.
    let query: String?
    /// Whether it speaks TLS.
    var isEncrypted = false
    /// As it was written.
    let description: String

    /// Why a text is none.
    struct Invalid: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads the address of a service that is asked with a key, with a reason where it cannot: keys are not shown to whoever
    /// answers under TLS.
    @Sendable static func parse(_ text: String) throws -> ServiceURL {
        let url = try parse(text, keysBelong: "use --api-key-file")
        guard !url.isEncrypted else {
            throw Invalid(description: "only http is spoken, not https: name the service behind the TLS proxy")
        }
        return url
    }

    /// Reads the address of a service.
    ///
    /// - Parameter keysBelong: What somebody is told whose URL holds a password.
    static func parse(_ text: String, keysBelong: String) throws -> ServiceURL {
        func refuse(_ reason: String) -> Invalid { Invalid(description: reason) }
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse("a URL has no blanks and only letters of ASCII")
        }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard !path.isEmpty else { throw refuse("unix: is followed by the path of a socket") }
            return ServiceURL(
                endpoint: .unix(path: path), authority: "localhost", path: "", query: nil, description: text)
        }
        var rest = text[...]
        var isEncrypted = false
        if let scheme = text.range(of: "://") {
            switch text[..<scheme.lowerBound].lowercased() {
            case "http": break
            case "https": isEncrypted = true
            default: throw refuse("a URL begins with http://")
            }
            rest = text[scheme.upperBound...]
        }
        guard !rest.contains("#") else { throw refuse("a service has no fragment (#)") }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw refuse("a key or a password in a URL is seen by all: \(keysBelong)")
        }
        let target = rest[authority.endIndex...]
        var path = String(target.prefix { $0 != "?" })
        let query = target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) }
        if let route = ["/detect", "/readyz"].first(where: path.hasSuffix) { path.removeLast(route.count) }
        while path.hasSuffix("/") { path.removeLast() }
        let (host, port) = try hostAndPort(authority, defaultPort: isEncrypted ? 443 : 80)
        return ServiceURL(
            endpoint: .tcp(host: host, port: port), authority: String(authority), path: path,
            query: query.flatMap { $0.isEmpty ? nil : $0 }, isEncrypted: isEncrypted, description: text)
    }

    private static func hostAndPort(_ authority: Substring, defaultPort: UInt16) throws -> (String, UInt16) {
        var (host, port) = (authority, Substring())
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw Invalid(description: "behind ] comes :PORT or a path")
            }
            port = rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            (host, port) = (authority[..<colon], authority[authority.index(after: colon)...])
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { throw Invalid(description: "a URL names a host") }
        guard !port.isEmpty || !authority.hasSuffix(":") else { throw Invalid(description: "behind : comes a port") }
        guard !port.isEmpty else { return (String(host), defaultPort) }
        guard port.utf8.count <= 5, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
            number > 0
        else { throw Invalid(description: "a port is a number from 1 to 65535") }
        return (String(host), number)
    }

    /// The target of a request for a route, with options behind those that were given.
    func target(_ route: String, _ options: [(name: String, value: String)] = []) -> String {
        let items = [query].compactMap { $0 } + options.map { "\($0.name)=\($0.value)" }
        return path + route + (items.isEmpty ? "" : "?" + items.joined(separator: "&"))
    }
}
