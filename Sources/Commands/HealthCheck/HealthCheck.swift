import ArgumentParser
import Dispatch
import Foundation
import HTTP
import Transport

/// `multibox healthcheck`: whether a service is ready, for the `HEALTHCHECK` of containers and for scripts.
struct HealthCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Ask a running service whether it is ready.",
        discussion: """
            Asks for /readyz. Exit status 0: it is ready. 1: it is not, and one line on standard error says why: it loads its \
            model, is about to end, cannot be reached, or does not answer in time.

            Without a URL it asks the service of this machine that the same environment (MULTIBOX_PORT and others) and the \
            same file of settings make: on --probe-listen if there is one, else where it listens, over TLS if that is what \
            it speaks. What is told `multibox serve` by flags it cannot know: give it a URL then, or use the environment for \
            both. No certificate is checked and no key is shown, as probes need none.
            """)

    /// The largest answer, in bytes: a word, or a problem with its reason.
    private static let maximumAnswerBytes = 64 << 10
    /// How long it is waited where nobody says: less than the 3 s to 5 s after which supervisors give up themselves.
    private static let defaultTimeout = DurationArgument(.seconds(2))

    @Option(
        help: ArgumentHelp("Without a URL: the service's YAML file of settings.", valueName: "path"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        help: ArgumentHelp("The most that all of it may take.", valueName: "duration"),
        transform: DurationArgument.parse)
    var timeout: DurationArgument = Self.defaultTimeout

    @Argument(
        help: ArgumentHelp("The service: http://HOST:PORT, https://HOST:PORT or unix:PATH.", valueName: "url"),
        transform: Self.address)
    var url: ServiceURL?

    @Sendable private static func address(_ text: String) throws -> ServiceURL {
        try ServiceURL.parse(text, keysBelong: "a probe needs none")
    }

    func validate() throws {
        guard timeout.duration > .zero else { throw ValidationError("--timeout is more than 0.") }
        guard url == nil || config == nil else { throw ValidationError("--config says nothing where a URL is named.") }
    }

    func run() throws {
        let address = try url ?? ownService()
        endInTime(address)
        let response: ReceivedResponse
        do throws(ClientError) { response = try ask(address) } catch { throw Failure("\(error)") }
        guard response.status == .ok else {
            var sentence = "\(address) is not ready: it answers \(response.status)"
            if let detail = ProblemDetail.text(response.body) { sentence += ": \(detail)" }
            while sentence.last == "." { sentence.removeLast() }
            throw Failure(sentence)
        }
        try StandardOutput.show("\(address) is ready\n")
    }

    /// The service that this environment makes. Settings that make none are a service that is not ready, rather than a check
    /// that is used wrongly.
    private func ownService() throws -> ServiceURL {
        do {
            let environment = ProcessInfo.processInfo.environment
            let sources = try Serve.sources(config: config, environment: environment)
            return try ServiceURL(ofProbesOf: ServeSettings.settled(from: sources).settings)
        } catch let failure as Failure { throw Failure(failure.message) }
    }

    private func ask(_ address: ServiceURL) throws(ClientError) -> ReceivedResponse {
        var headers: HeaderFields = ["Host": address.authority, "Connection": "close"]
        headers.add("User-Agent", "multibox/\(Version.current)")
        guard let head = ClientRequest(.get, address.target("/readyz"), headers: headers).head() else {
            preconditionFailure("the letters of a URL were checked")
        }
        var limits = ParserLimits()
        limits.body = Self.maximumAnswerBytes
        // Who keeps the time is `endInTime`, of all of it together.
        var connection = try ClientConnection(
            to: address.endpoint, security: address.isEncrypted ? .unverifiedTLS : .none, limits: limits,
            timeout: timeout.duration + .seconds(60))
        return try connection.ask(head, [])
    }

    /// Ends the process when the time is over, whatever it waits for: looking up a name has no limit of its own.
    private func endInTime(_ address: ServiceURL) {
        let (seconds, attoseconds) = timeout.duration.components
        let time = DispatchTime.now() + Double(seconds) + Double(attoseconds) * 1e-18
        DispatchQueue.global().asyncAfter(deadline: time) { [timeout] in
            Failure("\(address) did not answer within \(timeout)").report()
            _exit(1)
        }
    }
}
