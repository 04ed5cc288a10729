/// A setting, declared once: its name, what it takes, what it is by default, where it goes and what it does. Command line,
/// environment, file, the listing of what is in force and the documentation follow from this.
public struct Setting<Target: Sendable>: Sendable {
    /// Its flag without the dashes, which is its key in a file.
    public let name: String
    /// The letter of its short flag, if it has one.
    public let letter: Character?
    /// What its values are, in a word: `bytes`; nil where the values say it themselves, and for switches.
    public let unit: String?
    /// The values that it takes; nil for text and for switches.
    public let domain: String?
    /// The words that it takes, where those are all; none of other settings.
    public let words: [String]
    /// What it does, in sentences.
    public let help: String
    /// Whether it is on where it is named, without a value.
    public let isSwitch: Bool
    /// Whether its flag may be given several times.
    public let isList: Bool
    /// Its default in words, where that is computed.
    private let computedDefault: String?
    private let read: @Sendable (String, inout Target) throws(SettingFault) -> Void
    private let fallBack: @Sendable (inout Target) -> Void
    private let show: @Sendable (Target) -> String?

    private init<Value: SettingValue>(
        _ name: String, _ path: WritableKeyPath<Target, Value> & Sendable, letter: Character?, unit: String?,
        domain: String?, default fallback: SettingDefault<Target, Value>, help: String,
        check: @escaping @Sendable (Value) throws(SettingFault) -> Void
    ) {
        self.name = name
        self.letter = letter
        self.unit = unit
        self.domain = domain
        words = Value.words
        self.help = help
        isSwitch = Value.isSwitch
        isList = Value.isList
        read = { (text, target) throws(SettingFault) in
            guard let value = Value(settingText: text) else {
                throw .notAValue(text: text, expected: Value.expectation)
            }
            try check(value)
            target[keyPath: path] = value
        }
        switch fallback {
        case .standing:
            computedDefault = nil
            fallBack = { _ in }
        case .computed(let words, let compute):
            computedDefault = words
            fallBack = { $0[keyPath: path] = compute($0) }
        }
        show = { $0[keyPath: path].settingText }
    }

    /// A setting that takes any value of its kind.
    public init<Value: SettingValue>(
        _ name: String, _ path: WritableKeyPath<Target, Value> & Sendable, letter: Character? = nil,
        unit: String? = nil, default fallback: SettingDefault<Target, Value> = .standing, help: String
    ) {
        self.init(
            name, path, letter: letter, unit: unit, domain: Value.domain, default: fallback, help: help
        ) { _ in }
    }

    /// A setting that takes values of a range.
    public init<Value: SettingValue & Comparable>(
        _ name: String, _ path: WritableKeyPath<Target, Value> & Sendable, in range: ClosedRange<Value>,
        unit: String? = nil, default fallback: SettingDefault<Target, Value> = .standing, help: String
    ) {
        self.init(
            name, path, letter: nil, unit: unit, domain: Self.words(range), default: fallback, help: help
        ) { (value) throws(SettingFault) in try Self.check(value, range) }
    }

    /// A setting that takes values of a range, or that may be left open.
    public init<Value: SettingValue & Comparable>(
        _ name: String, _ path: WritableKeyPath<Target, Value?> & Sendable, in range: ClosedRange<Value>,
        unit: String? = nil, default fallback: SettingDefault<Target, Value?> = .standing, help: String
    ) {
        self.init(
            name, path, letter: nil, unit: unit, domain: Self.words(range), default: fallback, help: help
        ) { (value) throws(SettingFault) in
            if let value { try Self.check(value, range) }
        }
    }

    private static func words<Value: SettingValue>(_ range: ClosedRange<Value>) -> String {
        "\(range.lowerBound.settingText ?? "") to \(range.upperBound.settingText ?? "")"
    }

    private static func check<Value: SettingValue & Comparable>(
        _ value: Value, _ range: ClosedRange<Value>
    ) throws(SettingFault) {
        guard range.contains(value) else {
            throw .outOfRange(
                value: value.settingText ?? "", lowest: range.lowerBound.settingText ?? "",
                highest: range.upperBound.settingText ?? "")
        }
    }

    /// What stands for its value where it is described.
    public var placeholder: String { unit ?? "word" }

    /// Its value as it would be written; nil where it has none.
    public func text(in target: Target) -> String? { show(target) }

    /// Its default in words: of a target of defaults, what that holds, unless it is computed.
    public func defaultWords(of defaults: Target) -> String? { computedDefault ?? show(defaults) }

    /// Reads a value into its place.
    func read(_ text: String, into target: inout Target) throws(SettingFault) { try read(text, &target) }

    /// Puts its default into its place.
    func setDefault(of target: inout Target) { fallBack(&target) }
}
