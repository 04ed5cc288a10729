import Yams

/// A file of settings: YAML of which every line is `name: value`, a comment or blank.
///
/// Of YAML that leaves scalars, quoted or plain. Sequences, mappings within mappings, anchors with their aliases (by which a
/// few lines stand for gigabytes), tags and values of several lines are refused before the YAML parser sees them; it reads
/// one line at a time.
public struct SettingsFile: Sendable {
    /// The largest file, in bytes.
    public static let maximumBytes = 64 << 10

    /// The values by name.
    public let values: [String: String]

    /// Reads a file.
    ///
    /// - Throws: what is wrong, and in which line.
    public init(parsing bytes: [UInt8]) throws(SettingsFileError) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge(limit: Self.maximumBytes) }
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var values: [String: String] = [:]
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            guard let text = String(validating: line, as: UTF8.self) else { throw .notUTF8(line: number) }
            guard let (name, value) = try Self.setting(text, line: number) else { continue }
            guard values.updateValue(value, forKey: name) == nil else { throw .duplicate(name, line: number) }
        }
        self.values = values
    }

    /// What a line says; nil for nothing.
    private static func setting(
        _ line: String, line number: Int
    ) throws(SettingsFileError) -> (name: String, value: String)? {
        let text = line.utf8.last == 0x0D ? String(line.unicodeScalars.dropLast()) : line
        let rest = text.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        // The marks at the start and the end of a document say nothing.
        if rest.isEmpty || rest.first == UInt8(ascii: "#") || text == "---" || text == "..." { return nil }
        guard isScalarLine(text) else { throw .structure(line: number) }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch { throw .malformed(line: number, reason: reason(error)) }
        guard case .mapping(let mapping)? = node, mapping.count == 1, let (key, value) = mapping.first,
            let name = key.scalar?.string, let value = value.scalar?.string
        else { throw .structure(line: number) }
        return (name, value)
    }

    /// A value as it stands in a line: in quotation marks where YAML would take it for something else than text.
    public static func written(_ value: String) -> String {
        let begins = value.utf8.first.map { "[]{}&*!|>%@`,?:-#'\" ".utf8.contains($0) } ?? false
        guard begins || value.hasSuffix(" ") || value.contains(": ") || value.contains(" #") else { return value }
        return "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// Whether a line begins with a plain name and a colon, and no more than a scalar can follow: what begins with none of
    /// YAML's indicators, or with a quotation mark.
    private static func isScalarLine(_ line: String) -> Bool {
        let name = line.utf8.prefix { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard let first = name.first, first != UInt8(ascii: "-") else { return false }
        let rest = line.utf8[name.endIndex...].drop { $0 == 0x20 || $0 == 0x09 }
        guard rest.first == UInt8(ascii: ":") else { return false }
        let value = rest.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
        guard let indicator = value.first else { return true }
        return !"[]{}&*!|>%@`,?".utf8.contains(indicator)
    }

    /// What the YAML parser says, without the excerpt that it draws over several lines.
    private static func reason(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        default: "\(error)".split(separator: "\n").first.map(String.init) ?? "it cannot be read"
        }
    }
}
