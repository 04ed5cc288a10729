import JSON

/// A command as ArgumentParser tells of it (its ToolInfo format, version 0): what the manual page is made of.
struct CommandHelp {
    /// An option, a flag or a positional argument.
    struct Argument {
        /// `--model`, `-m`; none of a positional one.
        let names: [String]
        let valueName: String
        let abstract: String
        let defaultValue: String?
        /// The words that it takes, where those are all.
        let words: [String]
        let takesValue: Bool
        let isOptional: Bool
        let isRepeating: Bool
        /// The heading that it stands under; nil for none.
        let section: String?
    }

    let name: String
    let abstract: String
    let discussion: String
    /// What is shown in the help, but for `--help` and `--version`.
    let arguments: [Argument]
    let subcommands: [CommandHelp]

    /// The most values of the text: some thousand options.
    private static let maximumValues = 1 << 18

    /// Reads what ArgumentParser wrote of the root.
    init(parsing text: [UInt8]) throws {
        let dump: JSONValue
        do { dump = try JSONReader.parse(text[...], maximumDepth: 32, maximumValues: Self.maximumValues) } catch {
            throw Failure("the help cannot be read: \(error)")
        }
        guard let command = dump["command"], dump["serializationVersion"]?.integer == 0 else {
            throw Failure("the help is in another form")
        }
        self.init(command)
    }

    private init(_ command: JSONValue) {
        name = command["commandName"]?.text ?? ""
        abstract = command["abstract"]?.text ?? ""
        discussion = command["discussion"]?.text ?? ""
        arguments = command.elements("arguments").filter(\.isDisplayed).map(Argument.init)
            .filter { $0.names != ["--version"] && !$0.names.contains("--help") }
        subcommands = command.elements("subcommands").filter(\.isDisplayed).map { CommandHelp($0) }
            .filter { $0.name != "help" }
    }
}

extension CommandHelp.Argument {
    fileprivate init(_ argument: JSONValue) {
        let names = argument.elements("names").compactMap { entry -> (kind: String, name: String)? in
            guard let kind = entry["kind"]?.text, let name = entry["name"]?.text else { return nil }
            return (kind, name)
        }
        // The short one first, as everywhere.
        self.names =
            names.filter { $0.kind == "short" }.map { "-" + $0.name }
            + names.filter { $0.kind != "short" }.map { ($0.kind == "long" ? "--" : "-") + $0.name }
        valueName = argument["valueName"]?.text ?? "value"
        abstract = argument["abstract"]?.text ?? ""
        defaultValue = argument["defaultValue"]?.text
        words = argument.elements("allValues").compactMap(\.text)
        takesValue = argument["kind"]?.text != "flag"
        isOptional = argument["isOptional"] == .boolean(true)
        isRepeating = argument["isRepeating"] == .boolean(true)
        section = argument["sectionTitle"]?.text
    }
}

extension JSONValue {
    fileprivate func elements(_ name: String) -> [JSONValue] {
        if case .array(let elements)? = self[name] { elements } else { [] }
    }

    fileprivate var isDisplayed: Bool { self["shouldDisplay"] != .boolean(false) }
}
