import Foundation
import ModelFiles
import Platform
import Serving
import Settings
import Transport

/// What settings mean together.
extension ServeSettings {
    /// The settings in force, each from the first place that says something, and where it came from.
    ///
    /// - Throws: `Failure` where something is no setting, no value for it, or contradicts another.
    static func settled(from sources: SettingSources) throws -> (settings: ServeSettings, listing: SettledSettings) {
        let inherited: Range<Int32>
        do {
            inherited = try SocketActivation.descriptors(
                environment: sources.environment, processIdentifier: getpid())
        } catch { throw Failure("\(error)") }
        var settings = ServeSettings(inherited: inherited)
        var listing: SettledSettings
        do { listing = try table.settle(&settings, from: sources) } catch { throw Failure.usage("\(error)") }
        try settings.combine(&listing)
        return (settings, listing)
    }

    /// Checks what goes together, and settles what follows from several.
    private mutating func combine(_ listing: inout SettledSettings) throws {
        guard model != nil || EmbeddedModel.isThere else { throw Failure.usage("\(ModelFileError.noBuiltInModel)") }
        guard model != nil || modelDigest == nil else {
            throw Failure.usage("--model-sha256 goes with --model: the built-in model is part of the program")
        }
        guard model != nil || labels == nil else {
            throw Failure.usage("--labels goes with --model: the built-in model has its own")
        }
        if let model, model.only == nil {
            for (option, isGiven) in [("--labels", labels != nil), ("--model-sha256", modelDigest != nil)] where isGiven
            {
                throw Failure.usage("\(option) goes with one model, and there are several")
            }
            service.servesSeveralModels = true
        }
        service.batchesAtOnce = streams
        guard streams <= threads else { throw Failure.usage("--streams \(streams) is more than --threads \(threads)") }
        endpoints = try chosenEndpoints(&listing)
        tls = try tlsFiles()
        server.speaksForMany = { [proxies = service.trustedProxies] in proxies.contains($0) }
        server.connection.limits.body = service.maximumBodyBytes
    }

    /// Where to listen, unless a supervisor has opened the sockets and nothing else is said. The list and the single address
    /// exclude each other: a flag for one leaves out what a container's environment says of the other.
    private func chosenEndpoints(_ listing: inout SettledSettings) throws -> [Endpoint] {
        let ofList = listing.source(of: "listen")
        let ofAddress = ["host", "port", "unix-socket"].map { listing.source(of: $0) }.min() ?? .default
        guard ofList != ofAddress || ofList == .default else {
            throw Failure.usage("--listen says it all: leave out --host, --port and --unix-socket")
        }
        if ofList < ofAddress, let listen {
            listing.drop("host", "port", "unix-socket")
            return listen.endpoints
        }
        listing.drop("listen")
        if let unixSocket { return [.unix(path: unixSocket)] }
        guard host != nil || port != nil else { return [] }
        return [.tcp(host: host ?? "127.0.0.1", port: UInt16(port ?? 8080))]
    }

    private func tlsFiles() throws -> TLSFiles? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil):
            guard tlsClientAuthorities == nil else {
                throw Failure.usage("--tls-client-ca needs --tls-certificate and --tls-key")
            }
            return nil
        case (let certificate?, let key?):
            let isEncryptable = endpoints.contains { if case .tcp = $0 { true } else { false } } || !inherited.isEmpty
            guard isEncryptable else { throw Failure.usage("a Unix socket has no TLS: leave out the --tls settings") }
            return TLSFiles(certificate: certificate, key: key, clientAuthorities: tlsClientAuthorities)
        case (_?, nil): throw Failure.usage("--tls-certificate needs --tls-key")
        case (nil, _?): throw Failure.usage("--tls-key needs --tls-certificate")
        }
    }
}
