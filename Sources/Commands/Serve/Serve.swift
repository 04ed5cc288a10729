import ArgumentParser
import CMalloc
import Foundation
import Settings

/// `multibox serve`: the service.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a detector over HTTP.",
        discussion: """
            Every option can be given as a flag, as an environment variable (--max-queue is MULTIBOX_MAX_QUEUE) or as \
            a line of the --config file (max-queue: 64), the first of these that says something. Durations are written \
            500ms, 5s or 2m.

            SIGTERM and SIGINT: /readyz says 503 at once, requests are served for --drain-delay, then what is in flight \
            is finished within --drain-timeout; a second signal ends at once. SIGHUP: the model, the API keys \
            and the TLS certificates are read again; what cannot be used leaves the old one in place. Of several models \
            those are loaded whose files have changed or are new, and those go whose files have gone.
            """)

    @OptionGroup
    var flags: SettingFlags
    @Option(
        help: ArgumentHelp("A YAML file of settings.", valueName: "path"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?
    @Flag(help: "Print the settings in force, and where each comes from, and end.")
    var printConfig = false
    @Flag(help: ArgumentHelp("Print the table of settings in Documentation, and end.", visibility: .hidden))
    var printSettings = false

    /// Pieces of memory from this size on, in bytes, are the system's: photos, bodies, answers. Between the small ones that
    /// live longer they would leave holes, and more of them with every mixture of sizes: over 60,000 mixed requests memory
    /// grew by a tenth and was still growing.
    private static let mappedFrom: CInt = 256 << 10

    func run() throws {
        if printSettings {
            return try StandardOutput.show(ServeSettings.table.markdown(defaults: .defaults) + "\n")
        }
        cmalloc_map_from(Self.mappedFrom)
        let environment = ProcessInfo.processInfo.environment
        for (variable, nearest) in ServeSettings.table.unknownVariables(in: environment) {
            let question = nearest.map { "; did you mean \($0)?" } ?? ""
            StandardError.write("multibox: warning: there is no setting \(variable)\(question)\n")
        }
        let (settings, listing) = try ServeSettings.settled(
            from: Self.sources(flags: flags.texts, config: config, environment: environment))
        guard printConfig else {
            let signals = ServeSignals()
            let server = try Server(settings)
            signals.deliver(to: server)
            try withExtendedLifetime(signals) { try server.run() }
        }
        for entry in listing.entries {
            let value = SettingsFile.written(entry.value.printable)
            try StandardOutput.show("\(entry.name): \(value)  # \(entry.source.name)\n")
        }
    }

    /// What was said of settings, in all places.
    ///
    /// - Parameter config: the file that a flag names.
    static func sources(
        flags: [String: String] = [:], config: String?, environment: [String: String]
    ) throws -> SettingSources {
        let path = config ?? environment["MULTIBOX_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        return SettingSources(
            flags: flags, environment: environment, file: try path.map(Self.read) ?? [:], filePath: path ?? "")
    }

    private static func read(_ path: String) throws -> [String: String] {
        let bytes = try FileReading.bytes(path, limit: SettingsFile.maximumBytes)
        do { return try SettingsFile(parsing: bytes).values } catch { throw Failure.usage("\(path): \(error)") }
    }
}
