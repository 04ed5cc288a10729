import Platform
import ArgumentParser
import CMalloc
import Foundation
import HTTP
import Images
import MultiBox
import Networks
import Serving
import Transport

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
            and the TLS certificates are read again; what cannot be used leaves the old one in place.
            """)

    @Option(
        name: .shortAndLong,
        help: "The model file (.safetensors, .tflite, .pth). Default: the one built in, for blood cells.")
    var model: String?
    @Option(help: "A file of class names, one a line; the first line ??? or background stands for the background.")
    var labels: String?
    @Option(
        name: .customLong("model-sha256"),
        help: ArgumentHelp(
            """
            The SHA-256 that the model file must have, in 64 hexadecimal digits; another file is refused, at the start and \
            on SIGHUP.
            """, valueName: "digest"))
    var modelSHA256: DigestArgument?
    @Option(
        help: """
            The most bytes that models take while one is loaded: its file or its weights as they were and as they are packed, \
            the memory of all batches and streams, and all of the model that it is to replace. \
            Default: 4294967296, but at most three quarters of the memory of this machine or container
            """)
    var maxModelMemory: Int?
    @Option(
        help: ArgumentHelp(
            "Listen on all of these instead of --host and --port: 127.0.0.1:80,[::1]:80,unix:/run/multibox.sock",
            valueName: "endpoints"))
    var listen: EndpointList?
    @Option(help: "The address to listen on; :: takes IPv4 and IPv6. Default: 127.0.0.1")
    var host: String?
    @Option(help: "The port; 0 lets the system choose. Default: 8080")
    var port: Int?
    @Option(help: ArgumentHelp("Listen on this Unix socket instead.", valueName: "path"))
    var unixSocket: String?
    @Option(
        help: ArgumentHelp(
            """
            Serve probes and metrics here too, and nothing else: without TLS or keys, on a loop of its own. For supervisors: \
            127.0.0.1:8081, unix:/run/multibox-probes.sock
            """, valueName: "endpoints"))
    var probeListen: EndpointList?
    @Flag(help: "Let several processes listen on the same port, among which the kernel spreads connections.")
    var reusePort = false
    @Option(help: ArgumentHelp("PEM file: the server's certificate and the intermediate ones.", valueName: "path"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("PEM file: the certificate's private key, without passphrase.", valueName: "path"))
    var tlsKey: String?
    @Option(help: ArgumentHelp("PEM file: clients need a certificate of one of these authorities.", valueName: "path"))
    var tlsClientCa: String?
    @Option(
        help: ArgumentHelp(
            """
            A file of API keys, one a line, with or without a name for log and metrics (name:key). Requests need one, but for \
            probes and metrics.
            """, valueName: "path"))
    var apiKeysFile: String?
    @Option(
        help: "How often a client may ask, by its key or else its address, such as 10/s or 600/m. Default: no limit")
    var rateLimit: RateLimit?
    @Option(
        help: """
            The wrong API keys that an address may show a minute; beyond that only keys that were right from it before are \
            looked at. 0 for no limit. Default: 10
            """)
    var maxFailedKeys: Int?
    @Option(
        help: "Proxies whose X-Forwarded-For is believed: networks such as 10.0.0.0/8,::1, or unix. Default: none")
    var trustedProxies: TrustedProxies?
    @Option(help: "A YAML file of settings.")
    var config: String?
    @Flag(help: "Print the settings in force, and where each comes from, and end.")
    var printConfig = false

    @Option(
        help: """
            auto, fp32, bf16 or int8: the arithmetic. auto is the model's own. \
            Default: auto
            """)
    var precision: Precision?
    @Option(help: "Threads for inference. Default: the processors this process may use")
    var threads: Int?
    @Option(
        help: """
            Batches that run at the same time. One of two that is alone has all threads; together they share them, which gives \
            more images a second than one after another. Default: 2, with one thread 1
            """)
    var streams: Int?
    @Option(help: "Threads that decode photos and write answers. Default: as many as for inference")
    var workers: Int?
    @Option(help: "Event loops for connections. Default: the processors, at most 4")
    var loops: Int?

    @Option(help: "The lowest score reported if a request names none, 0 to 1. Default: 0.5")
    var threshold: Double?
    @Option(help: "exact, or fast: large JPEGs are decoded at a fraction of their size. Default: exact")
    var imageScaling: DCTScaling?
    @Option(
        help: """
            The most photos in a batch. Networks with few weights, which gain nothing by more, take one for each thread \
            that a stream has in a crowd. Default: 8
            """)
    var maxBatchSize: Int?
    @Option(help: "How long a batch that is not full may wait for more. Default: 0ms")
    var maxQueueDelay: DurationArgument?
    @Option(help: "The most photos that wait; more are answered 429. Default: 64")
    var maxQueue: Int?
    @Option(help: "The most bytes that waiting requests hold. Default: 536870912")
    var maxQueuedBytes: Int?
    @Option(help: "The time in which a photo must have reached the network, else 504. Default: 10s")
    var deadline: DurationArgument?

    @Option(help: "The largest body of a request, in bytes. Default: 20971520")
    var maxBodyBytes: Int?
    @Option(help: "The largest body when it is decompressed, in bytes. Default: 67108864")
    var maxDecompressedBytes: Int?
    @Option(
        help: """
            How many times larger a body may be when it is decompressed; 64 KiB it may be in any case. 1 to 1032. \
            Default: 100
            """)
    var maxExpansion: Int?
    @Option(help: "The largest photo, in pixels. Default: 50000000")
    var maxPixels: Int?
    @Option(help: "The longer side of the largest photo, in pixels, 1 to 1048576. Default: 32768")
    var maxImageSide: Int?
    @Option(help: "The most scans of a JPEG photo, 1 to 1000; progressive ones have about ten. Default: 64")
    var maxScans: Int?
    @Flag(
        help: """
            Refuse photos of which something would be forgiven, such as a missing end, with 422 instead of warnings in the \
            answer.
            """)
    var strictImages = false
    @Option(help: "The most photos in a request. Default: 32")
    var maxImages: Int?
    @Option(
        help: """
            The most connections. For one more, one on which nothing is under way gives way: first those that asked nothing, then \
            the one that is idle longest. Default: 1024
            """)
    var maxConnections: Int?
    @Option(
        help: """
            Connections beyond those, for one probe each (/livez, /readyz, /healthz, /metrics); whatever else is asked on one is \
            answered 503. Default: 32
            """)
    var probeSeats: Int?
    @Option(
        help: ArgumentHelp(
            """
            The most bytes of incomplete requests and unread answers that all connections hold; more content is \
            answered 503. Default: 1073741824
            """))
    var maxHeldBytes: Int?
    @Option(
        help: """
            The most connections of one client, an IPv4 address or an IPv6 network of 64 bits; 0 for no limit. Those of \
            --trusted-proxies are not counted. Default: 256
            """)
    var maxConnectionsPerClient: Int?
    @Option(help: "How long a connection may be idle after its first request. Default: 60s")
    var idleTimeout: DurationArgument?
    @Option(
        help: "The time for a request's header section, and for the first byte of a new connection. Default: 10s")
    var headerTimeout: DurationArgument?
    @Option(help: "The time for a request's body. Default: 30s")
    var bodyTimeout: DurationArgument?
    @Option(help: "The longest time a client may take nothing of an answer. Default: 30s")
    var writeTimeout: DurationArgument?
    @Option(
        help: """
            What it means that a client ends its side while it is owed an answer: answer (it waits for it) or abandon (it has \
            gone; for service behind a proxy, which keeps its side open while it waits). Default: answer
            """)
    var endOfInput: EndOfInputPolicy?
    @Option(help: "How long to go on after SIGTERM, so that a load balancer notices. Default: 5s, on a terminal 0s")
    var drainDelay: DurationArgument?
    @Option(help: "The time for requests in flight to end after that. Default: 30s")
    var drainTimeout: DurationArgument?
    @Option(help: "auto (text on a terminal, JSON elsewhere), text, json or quiet. Default: auto")
    var logFormat: LogFormat?
    @Option(
        help: """
            debug (probes too), info, warning (what the service turned away or failed at) or error: the least that is logged. \
            Default: info
            """)
    var logLevel: LogLevel?
    @Option(help: "on or off: whether log lines name clients by their addresses. Default: on")
    var logAddresses: LogAddresses?

    /// Pieces of memory from this size on, in bytes, are the system's: photos, bodies, answers. Between the small ones that
    /// live longer they would leave holes, and more of them with every mixture of sizes: over 60,000 mixed requests memory
    /// grew by a tenth and was still growing.
    private static let mappedFrom: CInt = 256 << 10

    func run() throws {
        cmalloc_map_from(Self.mappedFrom)
        var resolver = try SettingsResolver(configurationFile: config ?? Self.configurationFileOfEnvironment)
        let settings = try settings(&resolver)
        if printConfig {
            for line in resolver.effective {
                try StandardOutput.show("\(line.name): \(line.value.printable)  # \(line.source)\n")
            }
            return
        }
        try Server(settings).run()
    }

    private static var configurationFileOfEnvironment: String? {
        ProcessInfo.processInfo.environment["MULTIBOX_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func settings(_ resolver: inout SettingsResolver) throws -> ServeSettings {
        let processors = AvailableProcessors.count
        let model = try resolver.optional("model", flag: model)
        let labels = try resolver.optional("labels", flag: labels)
        let digest = try resolver.optional("model-sha256", flag: modelSHA256)
        guard model != nil || digest == nil else {
            throw Failure.usage("--model-sha256 goes with --model: the built-in model is part of the program")
        }
        guard model != nil || labels == nil else {
            throw Failure.usage("--labels goes with --model: the built-in model has its own")
        }
        let maximumModelMemory = try resolver.value(
            "max-model-memory", flag: maxModelMemory, default: ServeSettings.defaultModelMemory, in: 1 << 20...1 << 40)
        let inherited: Range<Int32>
        do {
            inherited = try SocketActivation.descriptors(
                environment: ProcessInfo.processInfo.environment, processIdentifier: getpid())
        } catch { throw Failure("\(error)") }
        let endpoints = try endpoints(&resolver, areNeeded: inherited.isEmpty)
        let probeEndpoints = try resolver.optional("probe-listen", flag: probeListen)?.endpoints ?? []
        let isEncryptable = endpoints.contains { if case .tcp = $0 { true } else { false } } || !inherited.isEmpty
        let tls = try tlsFiles(&resolver, isNeeded: isEncryptable)
        let apiKeysFile = try resolver.optional("api-keys-file", flag: apiKeysFile)
        let precision = try resolver.value("precision", flag: precision, default: .auto)
        let threads = try resolver.value("threads", flag: threads, default: processors, in: 1...1024)
        let streams = try resolver.value("streams", flag: streams, default: min(threads, 2), in: 1...1024)
        guard streams <= threads else { throw Failure.usage("--streams \(streams) is more than --threads \(threads)") }
        let workers = try resolver.value("workers", flag: workers, default: threads, in: 1...1024)
        let loops = try resolver.value("loops", flag: loops, default: min(processors, 4), in: 1...256)
        let service = try serviceOptions(&resolver, workers: workers)
        let server = try serverConfiguration(&resolver, loops: loops, beneath: service)
        let delay: Duration = StandardOutput.isTerminal ? .zero : .seconds(5)
        let drainDelay = try duration(&resolver, "drain-delay", drainDelay, delay, mayBeZero: true)
        let drainTimeout = try duration(&resolver, "drain-timeout", drainTimeout, .seconds(30), mayBeZero: true)
        let logFormat = try resolver.value("log-format", flag: logFormat, default: .auto)
        let logLevel = try resolver.value("log-level", flag: logLevel, default: .info)
        let logAddresses = try resolver.value("log-addresses", flag: logAddresses, default: .on)
        try resolver.refuseUnknownKeys(known: ServeSettings.names)
        return ServeSettings(
            model: model, labels: labels, modelDigest: digest, maximumModelMemory: maximumModelMemory,
            endpoints: endpoints, probeEndpoints: probeEndpoints, inherited: inherited, tls: tls,
            apiKeysFile: apiKeysFile,
            precision: precision, streams: streams, threads: threads, drainDelay: drainDelay,
            drainTimeout: drainTimeout,
            logFormat: logFormat, logLevel: logLevel, logAddresses: logAddresses,
            service: service, server: server)
    }

    private func serviceOptions(_ resolver: inout SettingsResolver, workers: Int) throws -> ServiceOptions {
        var service = ServiceOptions(version: Version.current)
        service.workers = workers
        service.defaultThreshold = Float(
            try resolver.value("threshold", flag: threshold, default: Double(service.defaultThreshold), in: 0...1))
        service.imageScaling = try resolver.value("image-scaling", flag: imageScaling, default: service.imageScaling)
        service.maximumBatchSize = try resolver.value(
            "max-batch-size", flag: maxBatchSize, default: service.maximumBatchSize, in: 1...256)
        service.maximumQueueDelay = try duration(
            &resolver, "max-queue-delay", maxQueueDelay, service.maximumQueueDelay, mayBeZero: true)
        service.maximumQueuedImages = try resolver.value(
            "max-queue", flag: maxQueue, default: service.maximumQueuedImages, in: 1...65536)
        service.maximumQueuedBytes = try resolver.value(
            "max-queued-bytes", flag: maxQueuedBytes, default: service.maximumQueuedBytes, in: 1 << 20...1 << 40)
        service.deadline = try duration(&resolver, "deadline", deadline, service.deadline)
        service.maximumBodyBytes = try resolver.value(
            "max-body-bytes", flag: maxBodyBytes, default: service.maximumBodyBytes, in: 1024...1 << 31)
        service.maximumDecompressedBytes = try resolver.value(
            "max-decompressed-bytes", flag: maxDecompressedBytes, default: service.maximumDecompressedBytes,
            in: 1024...1 << 31)
        service.maximumContentExpansion = try resolver.value(
            "max-expansion", flag: maxExpansion, default: service.maximumContentExpansion, in: 1...1032)
        service.rateLimit = try resolver.optional("rate-limit", flag: rateLimit)
        let failedKeys = try resolver.value(
            "max-failed-keys", flag: maxFailedKeys, default: service.wrongKeys?.count ?? 0, in: 0...1 << 20)
        service.wrongKeys = failedKeys == 0 ? nil : RateLimit(count: failedKeys, period: .seconds(60))
        service.trustedProxies = try resolver.value(
            "trusted-proxies", flag: trustedProxies, default: service.trustedProxies)
        service.imageLimits.maximumPixels = try resolver.value(
            "max-pixels", flag: maxPixels, default: service.imageLimits.maximumPixels, in: 1...1 << 30)
        service.imageLimits.maximumDimension = try resolver.value(
            "max-image-side", flag: maxImageSide, default: service.imageLimits.maximumDimension, in: 1...1 << 20)
        service.imageLimits.maximumScans = try resolver.value(
            "max-scans", flag: maxScans, default: service.imageLimits.maximumScans, in: 1...1000)
        service.refusesFlawedImages = try resolver.value(
            "strict-images", flag: strictImages ? true : nil, default: false)
        service.maximumImagesPerRequest = try resolver.value(
            "max-images", flag: maxImages, default: service.maximumImagesPerRequest, in: 1...1024)
        return service
    }

    private func serverConfiguration(
        _ resolver: inout SettingsResolver, loops: Int, beneath service: ServiceOptions
    ) throws -> ServerConfiguration {
        var server = ServerConfiguration()
        server.loops = loops
        server.maximumConnections = try resolver.value(
            "max-connections", flag: maxConnections, default: server.maximumConnections, in: 1...1 << 20)
        server.maximumHeldBytes = try resolver.value(
            "max-held-bytes", flag: maxHeldBytes, default: server.maximumHeldBytes, in: 1 << 20...1 << 40)
        server.probeSeats = try resolver.value(
            "probe-seats", flag: probeSeats, default: server.probeSeats, in: 0...4096)
        let perClient = try resolver.value(
            "max-connections-per-client", flag: maxConnectionsPerClient, default: 256, in: 0...1 << 20)
        server.maximumConnectionsPerClient = perClient == 0 ? nil : perClient
        server.speaksForMany = { [proxies = service.trustedProxies] in proxies.contains($0) }
        server.sharesPorts = try resolver.value("reuse-port", flag: reusePort ? true : nil, default: false)
        server.connection.limits.body = service.maximumBodyBytes
        server.connection.idleTimeout = try duration(
            &resolver, "idle-timeout", idleTimeout, server.connection.idleTimeout)
        server.connection.headerTimeout = try duration(
            &resolver, "header-timeout", headerTimeout, server.connection.headerTimeout)
        server.connection.bodyTimeout = try duration(
            &resolver, "body-timeout", bodyTimeout, server.connection.bodyTimeout)
        server.connection.writeTimeout = try duration(
            &resolver, "write-timeout", writeTimeout, server.connection.writeTimeout)
        server.connection.endOfInput = try resolver.value(
            "end-of-input", flag: endOfInput, default: server.connection.endOfInput)
        return server
    }

    /// Where to listen, unless a supervisor has opened the sockets and nothing else is said. The list and the single address
    /// exclude each other: a flag for one leaves out what a container's environment says of the other.
    private func endpoints(_ resolver: inout SettingsResolver, areNeeded: Bool) throws -> [Endpoint] {
        let ofList = resolver.source("listen", isFlag: listen != nil)
        let ofAddress = min(
            resolver.source("host", isFlag: host != nil), resolver.source("port", isFlag: port != nil),
            resolver.source("unix-socket", isFlag: unixSocket != nil))
        guard ofList != ofAddress || ofList == .default else {
            throw Failure.usage("--listen says it all: leave out --host, --port and --unix-socket")
        }
        if ofList < ofAddress, let list = try resolver.optional("listen", flag: listen) { return list.endpoints }
        let host = try resolver.optional("host", flag: host, default: areNeeded ? "127.0.0.1" : nil)
        let port = try resolver.optional("port", flag: port, in: 0...65535, default: areNeeded ? 8080 : nil)
        if let socket = try resolver.optional("unix-socket", flag: unixSocket) { return [.unix(path: socket)] }
        guard areNeeded || host != nil || port != nil else { return [] }
        return [.tcp(host: host ?? "127.0.0.1", port: UInt16(port ?? 8080))]
    }

    private func tlsFiles(_ resolver: inout SettingsResolver, isNeeded: Bool) throws -> TLSFiles? {
        let certificate = try resolver.optional("tls-certificate", flag: tlsCertificate)
        let key = try resolver.optional("tls-key", flag: tlsKey)
        let authorities = try resolver.optional("tls-client-ca", flag: tlsClientCa)
        switch (certificate, key) {
        case (nil, nil):
            guard authorities == nil else {
                throw Failure.usage("--tls-client-ca needs --tls-certificate and --tls-key")
            }
            return nil
        case (let certificate?, let key?):
            guard isNeeded else { throw Failure.usage("a Unix socket has no TLS: leave out the --tls settings") }
            return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
        case (_?, nil): throw Failure.usage("--tls-certificate needs --tls-key")
        case (nil, _?): throw Failure.usage("--tls-key needs --tls-certificate")
        }
    }

    private func duration(
        _ resolver: inout SettingsResolver, _ name: String, _ flag: DurationArgument?, _ fallback: Duration,
        mayBeZero: Bool = false
    ) throws -> Duration {
        let duration = try resolver.value(name, flag: flag, default: DurationArgument(fallback)).duration
        guard mayBeZero || duration > .zero else { throw Failure.usage("--\(name): a duration above 0, such as 5s") }
        return duration
    }
}
