import ArgumentParser
import Downloads
import Foundation
import ModelFiles
import Platform

extension Models {
    /// `multibox models pull`.
    struct Pull: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch a model from its publisher.",
            discussion: """
                The model comes from its publisher's own https address, goes on where an earlier pull broke off, and is kept \
                under $XDG_CACHE_HOME/multibox (else ~/.cache/multibox), where --model NAME finds it. Its SHA-256 is compared \
                with what is known of it, and pinned in SHA256SUMS beside it when it first comes: other bytes are refused \
                from then on. What is there already is checked and not fetched again. The path of the model is printed.

                The environment: https_proxy, all_proxy and no_proxy name proxies, as for curl; CURL_CA_BUNDLE or \
                SSL_CERT_FILE a file of authorities to trust; MULTIBOX_MODEL_MIRROR the https address of a folder that has \
                the publishers' files under their own names, from which they come instead.
                """)

        /// The variable that names a mirror.
        static let mirrorVariable = "MULTIBOX_MODEL_MIRROR"

        @Option(
            help: "How long less than 1 kB/s may come before the transfer is ended, such as 30s.",
            transform: DurationArgument.parse)
        var stallTimeout = DurationArgument(.seconds(30))

        @Option(help: "How often a transfer that broke off is tried again, from where it did.")
        var retries = 3

        @Argument(help: "Names of `multibox models list`.")
        var names: [String]

        func validate() throws {
            guard stallTimeout.duration >= .seconds(1) else {
                throw ValidationError("--stall-timeout is a second at least.")
            }
            guard (0...10).contains(retries) else { throw ValidationError("--retries is a number from 0 to 10.") }
        }

        func run() throws {
            let entries = try names.map(entry)
            let environment = ProcessInfo.processInfo.environment
            var settings = DownloadSettings(userAgent: "multibox/\(Version.current)")
            func named(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
            settings.certificateFile = named("CURL_CA_BUNDLE") ?? named("SSL_CERT_FILE")
            settings.stallSeconds = Int(stallTimeout.duration.seconds.rounded(.up))
            settings.retries = retries
            let mirror = named(Self.mirrorVariable)
            if let mirror, !mirror.lowercased().hasPrefix("https://") {
                throw Failure.usage("\(Self.mirrorVariable) is an https address, not \(mirror)")
            }
            for entry in entries {
                guard let entry else {
                    StandardError.write("\(ModelArguments.builtIn) is part of the program\n")
                    try StandardOutput.show(ModelArguments.builtIn + "\n")
                    continue
                }
                guard let cache = ModelReference.cache else {
                    throw Failure("there is no place for models: neither XDG_CACHE_HOME nor HOME is set")
                }
                let pull = ModelPull(entry: entry, cache: cache, mirror: mirror, settings: settings)
                try StandardOutput.show(try pull.run() + "\n")
            }
        }

        /// The model of a name; nil for the one that is built in.
        private func entry(_ name: String) throws -> CatalogueEntry? {
            guard name != ModelArguments.builtIn else { return nil }
            if let entry = ModelCatalogue.entry(named: name) { return entry }
            let nearest = NearestName.among(ModelCatalogue.entries.map(\.name), to: name)
            throw Failure.usage(
                "no model is called \(name); " + (nearest.map { "is \($0) meant?" } ?? "multibox models list has all"))
        }
    }
}
