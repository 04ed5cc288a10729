import Platform

/// What a file of which part has come was, in a small file beside it: whether the rest is of the same.
package struct Resumption: Sendable, Hashable {
    /// Where it came from.
    package let address: String
    /// What tells this version from others.
    package let validator: String

    /// What is added to the name of the part.
    private static let suffix = ".origin"
    /// The largest such file, in bytes.
    private static let maximumBytes = 8192

    package init(address: String, validator: String) {
        self.address = address
        self.validator = validator
    }

    /// What stands beside a part; nil if nothing does that can be used.
    package init?(beside partialPath: String) {
        guard let bytes = try? InputFile.bytes(partialPath + Self.suffix, limit: Self.maximumBytes) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, !lines[1].isEmpty,
            lines[1].utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        self.init(address: String(lines[0]), validator: String(lines[1]))
    }

    /// Writes it beside a part.
    package func write(beside partialPath: String) throws(FileError) {
        try OutputFile.write(
            "\(address)\n\(validator)\n".utf8.map { $0 }, to: partialPath + Self.suffix, existing: .replace)
    }

    /// Takes it away.
    package static func discard(beside partialPath: String) { unlink(partialPath + suffix) }
}
