import Platform

/// All settings of a program, in the order in which they are settled and shown.
public struct SettingsTable<Target: Sendable>: Sendable {
    /// The settings, under a few words each group.
    public let groups: [(title: String, settings: [Setting<Target>])]
    /// What the variables of the environment begin with.
    private let prefix: String
    /// Variables with this prefix that mean something else.
    private let otherVariables: Set<String>

    /// A table of these settings. A name that occurs twice is a mistake of the caller.
    ///
    /// - Parameters:
    ///   - prefix: of the environment's variables: `MULTIBOX_`.
    ///   - otherVariables: variables with that prefix that are no settings.
    public init(
        prefix: String, otherVariables: Set<String> = [],
        groups: [(title: String, settings: [Setting<Target>])]
    ) {
        self.prefix = prefix
        self.otherVariables = otherVariables
        self.groups = groups
        precondition(Set(settings.map(\.name)).count == settings.count, "two settings have one name")
    }

    /// The settings of all groups.
    public var settings: [Setting<Target>] { groups.flatMap(\.settings) }

    /// The environment's variable of a setting.
    public func variable(of name: String) -> String {
        prefix
            + String(decoding: name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
            .uppercased()
    }

    /// Settles every setting from the first place that says something: flag, environment, file, default. An empty variable
    /// says nothing.
    ///
    /// - Throws: what is no value for its setting, or no setting in the file.
    public func settle(_ target: inout Target, from sources: SettingSources) throws(SettingsError) -> SettledSettings {
        let settings = settings
        let names = settings.map(\.name)
        if let key = sources.file.keys.sorted().first(where: { !names.contains($0) }) {
            throw .unknownKey(key, file: sources.filePath, nearest: NearestName.among(names, to: key))
        }
        var settled = SettledSettings()
        for setting in settings {
            let name = setting.name
            let (text, source, origin) = given(name, sources)
            if let text {
                do throws(SettingFault) { try setting.read(text, into: &target) } catch {
                    throw .invalid(origin: origin, error)
                }
            } else {
                setting.setDefault(of: &target)
            }
            settled.add(name, setting.text(in: target), source)
        }
        return settled
    }

    private func given(
        _ name: String, _ sources: SettingSources
    ) -> (text: String?, source: SettingSource, origin: String) {
        if let text = sources.flags[name] { return (text, .flag, "--\(name)") }
        let variable = variable(of: name)
        if let text = sources.environment[variable], !text.isEmpty { return (text, .environment, variable) }
        if let text = sources.file[name] { return (text, .file, "\(sources.filePath), \(name)") }
        return (nil, .default, "")
    }

    /// Variables with the prefix that no setting has, each with the one that may be meant, in alphabetical order.
    public func unknownVariables(in environment: [String: String]) -> [(variable: String, nearest: String?)] {
        let known = settings.map { variable(of: $0.name) } + otherVariables.sorted()
        // What they all begin with makes no two of them alike.
        let names = known.map { String($0.dropFirst(prefix.count)) }
        return environment.keys.filter { $0.hasPrefix(prefix) && !known.contains($0) }.sorted().map { variable in
            let nearest = NearestName.among(names, to: String(variable.dropFirst(prefix.count)))
            return (variable, nearest.map { prefix + $0 })
        }
    }
}
