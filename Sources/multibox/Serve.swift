import ArgumentParser
import Foundation
import Images
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
            is finished within --drain-timeout; a second signal ends at once. SIGHUP: the model file is read again.
            """)

    @Option(name: .shortAndLong, help: "The model file (.tflite, .pth).")
    var model: String?
    @Option(help: "A file of class names, one a line; the first line ??? or background stands for the background.")
    var labels: String?
    @Option(help: "The address to listen on. Default: 127.0.0.1")
    var host: String?
    @Option(help: "The port; 0 lets the system choose. Default: 8080")
    var port: Int?
    @Option(help: ArgumentHelp("Listen on this Unix socket instead.", valueName: "path"))
    var unixSocket: String?
    @Option(help: "A YAML file of settings.")
    var config: String?
    @Flag(help: "Print the settings in force, and where each comes from, and end.")
    var printConfig = false

    @Option(help: "Threads for inference. Default: the processors this process may use")
    var threads: Int?
    @Option(help: "Batches that run at the same time, sharing the threads. Default: 1")
    var streams: Int?
    @Option(help: "Threads that decode photos and write answers. Default: as many as for inference")
    var workers: Int?
    @Option(help: "Event loops for connections. Default: the processors, at most 4")
    var loops: Int?

    @Option(help: "The lowest score reported if a request names none, 0 to 1. Default: 0.5")
    var threshold: Double?
    @Option(help: "exact, or fast: large JPEGs are decoded at a fraction of their size. Default: exact")
    var imageScaling: DCTScaling?
    @Option(help: "The most photos in a batch. Default: 8")
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
    @Option(help: "The largest photo, in pixels. Default: 50000000")
    var maxPixels: Int?
    @Option(help: "The most photos in a request. Default: 32")
    var maxImages: Int?
    @Option(help: "The most connections. Default: 1024")
    var maxConnections: Int?
    @Option(help: "How long a connection may be idle. Default: 60s")
    var idleTimeout: DurationArgument?
    @Option(help: "The time for a request's header section. Default: 10s")
    var headerTimeout: DurationArgument?
    @Option(help: "The time for a request's body. Default: 30s")
    var bodyTimeout: DurationArgument?
    @Option(help: "The longest time a client may take nothing of an answer. Default: 30s")
    var writeTimeout: DurationArgument?
    @Option(help: "How long to go on after SIGTERM, so that a load balancer notices. Default: 5s, on a terminal 0s")
    var drainDelay: DurationArgument?
    @Option(help: "The time for requests in flight to end after that. Default: 30s")
    var drainTimeout: DurationArgument?
    @Option(help: "auto (text on a terminal, JSON elsewhere), text, json or quiet. Default: auto")
    var logFormat: LogFormat?

    func run() throws {
        var resolver = try SettingsResolver(configurationFile: config ?? Self.configurationFileOfEnvironment)
        let settings = try settings(&resolver)
        if printConfig {
            for line in resolver.effective {
                try StandardOutput.write("\(line.name): \(line.value)  # \(line.source.rawValue)\n")
            }
            return
        }
        guard !settings.model.isEmpty else {
            throw Failure.usage("which model? Give a file: multibox serve --model detect.tflite")
        }
        try Server(settings).run()
    }

    private static var configurationFileOfEnvironment: String? {
        ProcessInfo.processInfo.environment["MULTIBOX_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func settings(_ resolver: inout SettingsResolver) throws -> ServeSettings {
        let processors = AvailableProcessors.count
        let model = try resolver.value("model", flag: model, default: "")
        let labels = try resolver.optional("labels", flag: labels)
        let host = try resolver.value("host", flag: host, default: "127.0.0.1")
        let port = try resolver.value("port", flag: port, default: 8080, in: 0...65535)
        let socket = try resolver.optional("unix-socket", flag: unixSocket)
        let threads = try resolver.value("threads", flag: threads, default: processors, in: 1...1024)
        let streams = try resolver.value("streams", flag: streams, default: 1, in: 1...1024)
        guard streams <= threads else { throw Failure.usage("--streams \(streams) is more than --threads \(threads)") }

        var service = ServiceOptions(version: Version.current)
        service.workers = try resolver.value("workers", flag: workers, default: threads, in: 1...1024)
        var server = ServerConfiguration()
        server.loops = try resolver.value("loops", flag: loops, default: min(processors, 4), in: 1...256)
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
        service.imageLimits.maximumPixels = try resolver.value(
            "max-pixels", flag: maxPixels, default: service.imageLimits.maximumPixels, in: 1...1 << 30)
        service.maximumImagesPerRequest = try resolver.value(
            "max-images", flag: maxImages, default: service.maximumImagesPerRequest, in: 1...1024)

        server.maximumConnections = try resolver.value(
            "max-connections", flag: maxConnections, default: server.maximumConnections, in: 1...1 << 20)
        server.connection.limits.body = service.maximumBodyBytes
        server.connection.idleTimeout = try duration(
            &resolver, "idle-timeout", idleTimeout, server.connection.idleTimeout)
        server.connection.headerTimeout = try duration(
            &resolver, "header-timeout", headerTimeout, server.connection.headerTimeout)
        server.connection.bodyTimeout = try duration(
            &resolver, "body-timeout", bodyTimeout, server.connection.bodyTimeout)
        server.connection.writeTimeout = try duration(
            &resolver, "write-timeout", writeTimeout, server.connection.writeTimeout)
        let delay: Duration = StandardOutput.isTerminal ? .zero : .seconds(5)
        let drainDelay = try duration(&resolver, "drain-delay", drainDelay, delay, mayBeZero: true)
        let drainTimeout = try duration(&resolver, "drain-timeout", drainTimeout, .seconds(30), mayBeZero: true)
        let logFormat = try resolver.value("log-format", flag: logFormat, default: .auto)
        try resolver.refuseUnknownKeys(known: ServeSettings.names)
        return ServeSettings(
            model: model, labels: labels,
            endpoint: socket.map(Endpoint.unix(path:)) ?? .tcp(host: host, port: UInt16(port)), streams: streams,
            threads: threads, drainDelay: drainDelay, drainTimeout: drainTimeout, logFormat: logFormat,
            service: service, server: server)
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
