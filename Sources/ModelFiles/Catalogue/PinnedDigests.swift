import Platform

/// The SHA-256 of each file of a model as it first came, in a text file beside them which `sha256sum --check` reads too. Other
/// bytes under the same name are refused from then on.
public struct PinnedDigests: Sendable, Hashable {
    /// The file's name.
    public static let fileName = "SHA256SUMS"
    /// The largest such file that is read, in bytes.
    package static let maximumBytes = 1 << 16

    /// 64 lowercase hexadecimal digits for each name of a file.
    public private(set) var digits: [String: String] = [:]

    /// Reads the file at `path`; without one, nothing is pinned.
    public init(path: String) throws(ModelFileError) {
        guard FileStatus(path) != nil || errno != ENOENT else { return }
        let text = String(decoding: try FileBytes.read(path, limit: Self.maximumBytes), as: UTF8.self)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            guard let (name, digits) = Self.entry(line) else {
                throw .unreadable(path: path, reason: "line \(index + 1) is no digest and name of a file")
            }
            self.digits[name] = digits
        }
    }

    /// Pins the digest of a file.
    public mutating func pin(_ name: String, _ digits: String) { self.digits[name] = digits }

    /// The file's text, by the names of its files.
    public var text: String { digits.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined() }

    /// What `sha256sum` prints of a file: 64 digits, two spaces, its name.
    private static func entry(_ line: Substring) -> (name: String, digits: String)? {
        let digits = line.prefix(64)
        let rest = line.dropFirst(64)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(isDigit), rest.hasPrefix("  "), rest.count > 2 else {
            return nil
        }
        return (String(rest.dropFirst(2)), String(digits))
    }
}
