/// An https address, of which a name and a password before the host are not for showing.
package struct HTTPSAddress: Sendable, Hashable {
    /// As it is asked for.
    package let text: String
    /// As it is shown: without name and password, query and fragment.
    package let shown: String
    /// The host, with a port if there is one.
    package let host: String

    /// The longest address, in bytes.
    private static let maximumLength = 4096

    /// Nil for what is not https, has no host, or holds what no address may (spaces, controls, bytes beyond ASCII).
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, text.lowercased().hasPrefix("https://"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        let rest = text.dropFirst(8)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard !host.isEmpty, !host.hasPrefix(":") else { return nil }
        let path = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        self.text = text
        self.host = String(host)
        shown = "https://\(host)\(path)"
    }
}
