import HTTP
import JSON
import MultiBox

/// The lowest scores that are reported: one for all classes, or for each its own.
///
/// As text `0.5`, or `person:0.6,dog:0.3,*:0.5`, where `*` stands for the classes that are not named; in JSON a number, such
/// a text, or an object `{"person": 0.6, "*": 0.5}`.
struct ScoreThresholds: Sendable, Equatable {
    /// That of classes without one of their own; nil for the service's default.
    var ofOthers: Float?
    /// Those of classes, by score column.
    var ofClasses: [Int: Float] = [:]

    /// What an option takes, for who reads its problem.
    static let expected =
        "a number from 0 to 1, or classes with theirs, separated by commas, such as “person:0.6,dog:0.3,*:0.5”"
    /// The name that stands for all classes that are not named.
    static let others = "*"

    /// One threshold for all classes.
    init(_ threshold: Float? = nil) { ofOthers = threshold }

    /// Thresholds as text.
    init(_ text: String, labels: LabelMap) throws(ServiceError) {
        guard text.utf8.contains(UInt8(ascii: ":")) else {
            ofOthers = try Self.threshold(text)
            return
        }
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            // A name may have colons.
            guard let colon = part.lastIndex(of: UInt8(ascii: ":")) else { throw Self.malformed }
            let (name, threshold) = (part[..<colon], part[part.index(after: colon)...])
            try add(
                String(decoding: name, as: UTF8.self), Self.threshold(Self.trimmed(threshold)), labels: labels)
        }
    }

    /// Thresholds as members of a JSON object.
    init(_ members: [(name: String, value: JSONValue)], labels: LabelMap) throws(ServiceError) {
        for (name, value) in members {
            guard case .number(let text) = value else { throw Self.malformed }
            try add(name, Self.threshold(text), labels: labels)
        }
        guard !members.isEmpty else { throw Self.malformed }
    }

    /// Gives a class its threshold. It may be named twice, since it has a name and a number, if both say the same.
    private mutating func add(_ name: String, _ threshold: Float, labels: LabelMap) throws(ServiceError) {
        let name = Self.trimmed(Substring(name).utf8)
        if name == Self.others {
            guard ofOthers == nil || ofOthers == threshold else { throw Self.contradictory }
            ofOthers = threshold
        } else {
            guard let index = labels.index(matching: name) else { throw Self.malformed }
            guard ofClasses.updateValue(threshold, forKey: index) ?? threshold == threshold else {
                throw Self.contradictory
            }
        }
    }

    private static func threshold(_ text: String) throws(ServiceError) -> Float {
        guard let value = RequestedOptions.number(text), RequestedOptions.shares.contains(value) else {
            throw malformed
        }
        return value
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        var text = text[...]
        while text.first == UInt8(ascii: " ") { text.removeFirst() }
        while text.last == UInt8(ascii: " ") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    private static let malformed = ServiceError.invalidOption(name: OptionName.threshold.rawValue, expected: expected)
    private static let contradictory = ServiceError.conflictingOption(name: OptionName.threshold.rawValue)
}
