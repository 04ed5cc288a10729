/// Which settings are in force, with their values and where those come from.
public struct SettledSettings: Sendable {
    /// A setting in force.
    public struct Entry: Sendable, Hashable {
        /// The setting's name.
        public let name: String
        /// Its value as it would be written.
        public let value: String
        /// Where that comes from.
        public let source: SettingSource
    }

    /// Those that have a value, in the order of their declaration.
    public private(set) var entries: [Entry] = []
    private var sources: [String: SettingSource] = [:]

    /// None.
    init() {}

    mutating func add(_ name: String, _ value: String?, _ source: SettingSource) {
        sources[name] = source
        if let value { entries.append(Entry(name: name, value: value, source: source)) }
    }

    /// Where a setting comes from, whether or not it has a value.
    public func source(of name: String) -> SettingSource { sources[name] ?? .default }

    /// Takes settings out that another one makes void.
    public mutating func drop(_ names: String...) { entries.removeAll { names.contains($0.name) } }
}
