import Transport

/// The address of a service on the command line: `http://HOST[:PORT][/PATH][?QUERY]`, or `unix:PATH` for a Unix socket.
struct ServiceURL: Sendable, CustomStringConvertible {
    /// Where to connect.
    let endpoint: Endpoint
    /// What the service is called there: the `Host` of requests.
    let authority: String
    /// What stands before the paths of its routes: none, or `/` and more without a slash at the end.
    let path: String
    /// What stands behind the paths of its routes; nil for nothing.
    let query: String?
    /// As it was written.
    let description: String

    /// Why a text is none.
    struct Invalid: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads an argument, with a reason where it cannot.
    @Sendable static func parse(_ text: String) throws -> ServiceURL {
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
        if let scheme = text.range(of: "://") {
            switch text[..<scheme.lowerBound].lowercased() {
            case "http": rest = text[scheme.upperBound...]
            case "https": throw refuse("only http is spoken, not https: name the service behind the TLS proxy")
            default: throw refuse("a URL begins with http://")
            }
        }
        guard !rest.contains("#") else { throw refuse("a service has no fragment (#)") }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw refuse("a key or a password in a URL is seen by all: use --api-key-file")
        }
        let target = rest[authority.endIndex...]
        var path = String(target.prefix { $0 != "?" })
        let query = target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) }
        if path.hasSuffix("/detect") { path.removeLast("/detect".count) }
        while path.hasSuffix("/") { path.removeLast() }
        let (host, port) = try hostAndPort(authority)
        return ServiceURL(
            endpoint: .tcp(host: host, port: port), authority: String(authority), path: path,
            query: query.flatMap { $0.isEmpty ? nil : $0 }, description: text)
    }

    private static func hostAndPort(_ authority: Substring) throws -> (String, UInt16) {
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
        guard !port.isEmpty else { return (String(host), 80) }
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
