/// A kind of value that a setting may have, as it is written on a command line, in the environment or in a file.
public protocol SettingValue: Sendable {
    /// Reads a value; nil where the text is none.
    init?(settingText: String)
    /// As it would be written; nil for no value.
    var settingText: String? { get }
    /// What is expected, for who wrote something else: `a whole number`.
    static var expectation: String { get }
    /// The values in words, where they are few; nil where a unit says enough.
    static var domain: String? { get }
    /// The values, where they are words and these are all; none of other kinds.
    static var words: [String] { get }
    /// Whether naming the setting turns it on, without a value.
    static var isSwitch: Bool { get }
    /// Whether it is a list of values with commas between them: a flag that is given several times adds to it.
    static var isList: Bool { get }
}

extension SettingValue {
    /// Most kinds have more values than can be told.
    public static var domain: String? { nil }
    /// Most kinds are no words.
    public static var words: [String] { [] }
    /// Most settings have values.
    public static var isSwitch: Bool { false }
    /// Most kinds are one value.
    public static var isList: Bool { false }
}

extension Int: SettingValue {
    /// Reads a whole number.
    public init?(settingText: String) { self.init(settingText) }
    /// In decimal digits.
    public var settingText: String? { String(self) }
    /// A whole number.
    public static var expectation: String { "a whole number" }
}

extension Float: SettingValue {
    /// Reads a number.
    public init?(settingText: String) { self.init(settingText) }
    /// In decimal digits, without a fraction of 0.
    public var settingText: String? { self == rounded() && abs(self) < 1e6 ? String(Int(self)) : "\(self)" }
    /// A number.
    public static var expectation: String { "a number" }
}

extension String: SettingValue {
    /// Takes any text.
    public init?(settingText: String) { self = settingText }
    /// The text.
    public var settingText: String? { self }
    /// Text.
    public static var expectation: String { "text" }
}

extension Bool: SettingValue {
    /// Reads `true` or `false`.
    public init?(settingText: String) { self.init(settingText) }
    /// `true` or `false`.
    public var settingText: String? { String(self) }
    /// One of two.
    public static var expectation: String { "true or false" }
    /// It is on where it is named.
    public static var isSwitch: Bool { true }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// Reads a value, not the lack of one.
    public init?(settingText: String) {
        guard let value = Wrapped(settingText: settingText) else { return nil }
        self = value
    }

    /// As the value would be written, if there is one.
    public var settingText: String? { self?.settingText }
    /// What the value may be.
    public static var expectation: String { Wrapped.expectation }
    /// As of the value.
    public static var domain: String? { Wrapped.domain }
    /// As of the value.
    public static var words: [String] { Wrapped.words }
    /// As of the value.
    public static var isSwitch: Bool { Wrapped.isSwitch }
    /// As of the value.
    public static var isList: Bool { Wrapped.isList }
}

extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
    /// Reads one of the words.
    public init?(settingText: String) { self.init(rawValue: settingText) }
    /// The word.
    public var settingText: String? { rawValue }
    /// The words.
    public static var expectation: String {
        let words = allCases.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }
    /// The words.
    public static var domain: String? { expectation }
    /// The words.
    public static var words: [String] { allCases.map(\.rawValue) }
}
