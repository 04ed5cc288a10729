/// The content codings that a client accepts, with their weights (RFC 9110, section 12.5.3). Malformed elements count for
/// nothing.
public struct AcceptEncoding: Sendable, Equatable {
    private struct Coding: Sendable, Equatable {
        let name: String
        let weight: Int
    }

    private let codings: [Coding]

    /// The codings of a field value. An absent field is read as `identity` alone: to compress is never asked for silently.
    public init(_ field: String?) {
        var codings: [Coding] = []
        var scanner = FieldScanner(field ?? "")
        while true {
            scanner.skipWhitespace()
            if let name = scanner.token(), let parameters = scanner.parameters(),
                scanner.isAtEnd || scanner.next == UInt8(ascii: ",")
            {
                let written = parameters.first { $0.name == "q" }?.value
                if let weight = written.map({ FieldScanner.weight($0) }) ?? 1000 {
                    codings.append(Coding(name: Grammar.lowercased(name), weight: weight))
                }
            }
            scanner.skipElement()
            guard scanner.take(UInt8(ascii: ",")) else { break }
        }
        self.codings = codings
    }

    /// The weight of a coding in thousandths, 0…1000; `x-gzip` is `gzip` (RFC 9110, section 8.4.1.3).
    public func weight(of coding: String) -> Int {
        let coding = Grammar.lowercased(coding)
        if let exact = codings.first(where: { $0.name == coding || (coding == "gzip" && $0.name == "x-gzip") }) {
            return exact.weight
        }
        if let wildcard = codings.first(where: { $0.name == "*" }) { return wildcard.weight }
        return coding == "identity" ? 1000 : 0
    }

    /// Whether a coding may be used at all.
    public func accepts(_ coding: String) -> Bool { weight(of: coding) > 0 }

    /// Whether a coding may be used and is not liked less than no coding. `identity` that is not named weighs least.
    public func prefers(_ coding: String) -> Bool {
        let isNamed = codings.contains { $0.name == "identity" }
        return accepts(coding) && (!isNamed || weight(of: coding) >= weight(of: "identity"))
    }
}
