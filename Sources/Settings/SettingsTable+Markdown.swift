extension SettingsTable {
    /// The settings for readers: a table in Markdown, a row each, without a line feed at its end.
    ///
    /// - Parameter defaults: a target of defaults.
    public func markdown(defaults: Target) -> String {
        var lines = ["| flag | takes | default | what it does |", "|---|---|---|---|"]
        for group in groups {
            lines.append("| **\(group.title)** | | | |")
            for setting in group.settings {
                let value = setting.isSwitch ? "" : " <\(setting.placeholder)>"
                let cells = [
                    "`--\(setting.name)\(value)`", setting.domain ?? "",
                    setting.isSwitch ? "" : setting.defaultWords(of: defaults) ?? "", setting.help,
                ]
                lines.append("| " + cells.map(Self.cell).joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Text that does not end its cell.
    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
