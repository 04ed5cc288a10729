/// The media ranges that a client accepts, with their weights (RFC 9110, section 12.5.1). Malformed elements count for nothing.
public struct Accept: Sendable, Equatable {
    private struct Range: Sendable, Equatable {
        let type: String
        let subtype: String
        let parameters: [MediaType.Parameter]
        let weight: Int
    }

    private let ranges: [Range]

    /// The ranges of a field value. An absent, empty or wholly malformed field accepts everything.
    public init(_ field: String?) {
        var ranges: [Range] = []
        var scanner = FieldScanner(field ?? "")
        while true {
            scanner.skipWhitespace()
            if let range = Accept.range(&scanner) { ranges.append(range) }
            scanner.skipElement()
            guard scanner.take(UInt8(ascii: ",")) else { break }
        }
        self.ranges = ranges
    }

    private static func range(_ scanner: inout FieldScanner) -> Range? {
        guard let type = scanner.token(), scanner.take(UInt8(ascii: "/")), let subtype = scanner.token(),
            type != "*" || subtype == "*", let parameters = scanner.parameters(),
            scanner.isAtEnd || scanner.next == UInt8(ascii: ",")
        else { return nil }
        var weight = 1000
        let end = parameters.firstIndex { $0.name == "q" } ?? parameters.endIndex
        if end < parameters.endIndex {
            guard let value = FieldScanner.weight(parameters[end].value) else { return nil }
            weight = value
        }
        return Range(
            type: Grammar.lowercased(type), subtype: Grammar.lowercased(subtype),
            parameters: parameters[..<end].map { MediaType.Parameter(name: $0.name, value: $0.value) }, weight: weight)
    }

    /// The weight of a media type in thousandths, 0…1000: that of the most specific range it falls in, 0 where it falls in
    /// none.
    public func weight(of mediaType: MediaType) -> Int {
        guard !ranges.isEmpty else { return 1000 }
        var best: (specificity: Int, weight: Int) = (-1, 0)
        for range in ranges {
            guard range.type == "*" || range.type == mediaType.type,
                range.subtype == "*" || range.subtype == mediaType.subtype,
                range.parameters.allSatisfy({ Accept.matches($0, mediaType) })
            else { continue }
            let specificity =
                (range.type == "*" ? 0 : 1) + (range.subtype == "*" ? 0 : 1) + range.parameters.count
            if specificity > best.specificity { best = (specificity, range.weight) }
        }
        return best.weight
    }

    /// Parameter values are compared without case, as those of the types that are negotiated (`charset`, `version`) are.
    private static func matches(_ parameter: MediaType.Parameter, _ mediaType: MediaType) -> Bool {
        mediaType[parameter.name].map { Grammar.areEqual($0, parameter.value) } ?? false
    }

    /// The best of what the server offers, its own preference first; `nil` where nothing is acceptable (406).
    public func preferred(among offers: [MediaType]) -> MediaType? {
        var best: (offer: MediaType, weight: Int)?
        for offer in offers {
            let weight = weight(of: offer)
            if weight > best?.weight ?? 0 { best = (offer, weight) }
        }
        return best?.offer
    }

    /// As ``preferred(among:)-(_)``, of media types as text, which the caller knows to be valid.
    public func preferred(among offers: [String]) -> String? {
        let types = offers.compactMap { MediaType($0) }
        precondition(types.count == offers.count, "an offer is not a media type: \(offers)")
        guard let best = preferred(among: types), let index = types.firstIndex(of: best) else { return nil }
        return offers[index]
    }
}
