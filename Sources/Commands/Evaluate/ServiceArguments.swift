import ArgumentParser
import Foundation

/// The options that say which running service is measured, and how it is asked.
struct ServiceArguments: ParsableArguments {
    /// The environment variable of the key.
    static let keyVariable = "MULTIBOX_API_KEY"
    /// The longest key, in bytes.
    static let maximumKeyBytes = 4096

    @Option(
        help: ArgumentHelp(
            "Measure a running service instead of a model: http://HOST:PORT, or unix:PATH.", valueName: "url"),
        transform: ServiceURL.parse)
    var url: ServiceURL?

    @Option(
        help: ArgumentHelp(
            "With --url: a file with the API key. The environment variable \(Self.keyVariable) may hold it instead.",
            valueName: "file"), completion: .file())
    var apiKeyFile: String?

    @Option(
        help: "With --url: photos that are asked about at the same time, each on a connection of its own. Default: 4.")
    var concurrency: Int?

    @Option(
        help: ArgumentHelp("With --url: how long an answer may take. Default: 60s.", valueName: "duration"),
        transform: DurationArgument.parse)
    var timeout: DurationArgument?

    func validate() throws {
        guard url != nil || (apiKeyFile == nil && concurrency == nil && timeout == nil) else {
            throw ValidationError("--api-key-file, --concurrency and --timeout go with --url.")
        }
        guard (1...256).contains(concurrency ?? 1) else {
            throw ValidationError("--concurrency is a number from 1 to 256.")
        }
        guard timeout.map({ $0.duration > .zero }) ?? true else { throw ValidationError("--timeout is more than 0.") }
    }

    /// The API key; nil for none.
    func key() throws -> String? {
        let (text, place): (String, String)
        if let apiKeyFile {
            let bytes = try FileReading.bytes(apiKeyFile, limit: Self.maximumKeyBytes)
            (text, place) = (String(decoding: bytes, as: UTF8.self), apiKeyFile)
        } else if let value = ProcessInfo.processInfo.environment[Self.keyVariable], !value.isEmpty {
            (text, place) = (value, Self.keyVariable)
        } else {
            return nil
        }
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Failure("\(place) does not hold one API key: a line of ASCII without blanks")
        }
        return key
    }
}
