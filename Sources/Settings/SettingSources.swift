/// What was given: texts by the names of settings, in each place where they can be given.
public struct SettingSources: Sendable {
    /// Of the command line.
    public var flags: [String: String]
    /// The whole environment, other programs' variables included.
    public var environment: [String: String]
    /// Of the file of settings.
    public var file: [String: String]
    /// The name of that file.
    public var filePath: String

    /// These texts.
    public init(
        flags: [String: String] = [:], environment: [String: String] = [:], file: [String: String] = [:],
        filePath: String = ""
    ) {
        self.flags = flags
        self.environment = environment
        self.file = file
        self.filePath = filePath
    }
}
