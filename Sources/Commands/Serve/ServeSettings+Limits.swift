import HTTP
import Images
import Serving
import Settings
import Transport

/// The settings that bound what others may ask for.
extension ServeSettings {
    static let ofRequests: [Setting<ServeSettings>] = [
        Setting(
            "max-request-line-bytes", \.server.connection.limits.requestLine, in: 256...1 << 20, unit: "bytes",
            help: "The longest request line; beyond it 414."),
        Setting(
            "max-header-bytes", \.server.connection.limits.headerSection, in: 256...1 << 20, unit: "bytes",
            help: "The largest header or trailer section of a request; beyond it 431."),
        Setting(
            "max-header-fields", \.server.connection.limits.fieldCount, in: 1...10_000, unit: "number",
            help: "The most header or trailer fields of a request; beyond it 431."),
        Setting(
            "max-body-bytes", \.service.maximumBodyBytes, in: 1024...1 << 31, unit: "bytes",
            help: "The largest body of a request; beyond it 413."),
        Setting(
            "max-decompressed-bytes", \.service.maximumDecompressedBytes, in: 1024...1 << 31, unit: "bytes",
            help: "The largest body when it is decompressed."),
        Setting(
            "max-expansion", \.service.maximumContentExpansion, in: 1...1032, unit: "ratio",
            help: "How many times larger a body may be when it is decompressed; 64 KiB it may be in any case."),
        Setting(
            "max-images", \.service.maximumImagesPerRequest, in: 1...1024, unit: "photos",
            help: "The most photos in a request."),
    ]

    static let ofPhotos: [Setting<ServeSettings>] = [
        Setting(
            "max-pixels", \.service.imageLimits.maximumPixels, in: 1...1 << 30, unit: "pixels",
            help: "The largest photo, width times height."),
        Setting(
            "max-image-side", \.service.imageLimits.maximumDimension, in: 1...1 << 20, unit: "pixels",
            help: "The longer side of the largest photo."),
        Setting(
            "max-scans", \.service.imageLimits.maximumScans, in: 1...1000, unit: "number",
            help: "The most scans of a JPEG photo; progressive ones have about ten."),
        Setting(
            "max-scan-samples", \.service.imageLimits.maximumScanSamples, in: 0...1 << 40, unit: "samples",
            help: "The most samples that the scans of a JPEG photo visit together, beyond --max-scan-samples-per-pixel."
        ),
        Setting(
            "max-scan-samples-per-pixel", \.service.imageLimits.scanSamplesPerPixel, in: 1...1000, unit: "ratio",
            help: "The samples that the scans of a JPEG photo visit for each pixel, whatever its size."),
        Setting(
            "max-png-row-bytes", \.service.imageLimits.maximumRowBytes, in: 1 << 20...1 << 40, unit: "bytes",
            help: "The most bytes of all rows of a PNG photo with 16 bits a sample, which is slow to decode."),
        Setting(
            "max-memory-per-byte", \.service.imageLimits.memoryPerByte, in: 1...10_000, unit: "ratio",
            help: """
                What decoding a photo may take for each byte of its file, in bytes; with what it may take for each pixel \
                and 64 MiB.
                """),
        Setting(
            "max-memory-per-pixel", \.service.imageLimits.memoryPerPixel, in: 4...1000, unit: "ratio",
            help: "What decoding a photo may take for each pixel, in bytes."),
        Setting(
            "strict-images", \.service.refusesFlawedImages,
            help: """
                Refuse photos of which something would be forgiven, such as a missing end, with 422 instead of warnings in \
                the answer.
                """),
    ]

    static let ofConnections: [Setting<ServeSettings>] = [
        Setting(
            "max-connections", \.server.maximumConnections, in: 1...1 << 20, unit: "number",
            help: """
                The most connections. For one more, one on which nothing is under way gives way: first those that asked \
                nothing, then the one that is idle longest.
                """),
        Setting(
            "max-connections-per-client", \.connectionsPerClient, in: 0...1 << 20, unit: "number",
            help: """
                The most connections of one client, an IPv4 address or an IPv6 network of 64 bits; 0 for no limit. Those \
                of --trusted-proxies are not counted.
                """),
        Setting(
            "probe-seats", \.server.probeSeats, in: 0...4096, unit: "number",
            help: """
                Connections beyond those, for one probe each (/livez, /readyz, /healthz, /metrics); whatever else is asked \
                on one is answered 503.
                """),
        Setting(
            "max-held-bytes", \.server.maximumHeldBytes, in: 1 << 20...1 << 40, unit: "bytes",
            help: """
                The most memory that incomplete requests and unread answers of all connections take; more content is \
                answered 503.
                """),
        Setting(
            "max-pipelined-requests", \.server.connection.maximumPipelinedRequests, in: 1...1024, unit: "number",
            help: "The requests of one connection that may wait for their answers; others wait to be read."),
        Setting(
            "idle-timeout", \.server.connection.idleTimeout, in: someTime, unit: "duration",
            help: "How long a connection may be idle after its first request."),
        Setting(
            "header-timeout", \.server.connection.headerTimeout, in: someTime, unit: "duration",
            help: "The time for a request's header section, and for the first byte of a new connection."),
        Setting(
            "body-timeout", \.server.connection.bodyTimeout, in: someTime, unit: "duration",
            help: "The time for a request's body, beyond what --min-rate adds."),
        Setting(
            "write-timeout", \.server.connection.writeTimeout, in: someTime, unit: "duration",
            help: "The longest time a client may take nothing of an answer; for all of it, beyond what --min-rate adds."
        ),
        Setting(
            "min-rate", \.server.connection.minimumRate, in: 0...1 << 30, unit: "bytes/s",
            help: """
                Bodies and answers have a second more for each so many bytes that have gone through; 0 for no more time \
                than --body-timeout and --write-timeout.
                """),
        Setting(
            "end-of-input", \.server.connection.endOfInput,
            help: """
                What it means that a client ends its side while it is owed an answer: that it waits for it, or that it has \
                gone (for service behind a proxy, which keeps its side open while it waits).
                """),
    ]

    static let ofLife: [Setting<ServeSettings>] = [
        Setting(
            "drain-delay", \.drainDelay, in: anyTime, unit: "duration",
            default: .computed("5s, on a terminal 0s") { _ in StandardOutput.isTerminal ? .zero : .seconds(5) },
            help: "How long to go on after SIGTERM, so that a load balancer notices."),
        Setting(
            "drain-timeout", \.drainTimeout, in: anyTime, unit: "duration",
            help: "The time for requests in flight to end after that."),
        Setting(
            "log-format", \.logFormat,
            help: "auto is text on a terminal and JSON elsewhere; quiet is no line a request."),
        Setting(
            "log-level", \.logLevel,
            help: """
                The least that is logged: debug (probes too), info, warning (what the service turned away or failed at) or \
                error.
                """),
        Setting(
            "log-sampling", \.logSampling, in: 1...1 << 20, unit: "requests",
            help: """
                Of so many requests that were answered as they should be, one is logged, and its line says so. Failures, slow \
                requests and what probes begin to say are always logged.
                """),
        Setting(
            "log-slow", \.logSlow, in: anyTime, unit: "duration",
            help: "With --log-sampling, requests that took this long or longer are logged all."),
        Setting("log-addresses", \.logAddresses, help: "Whether log lines name clients by their addresses."),
    ]
}
