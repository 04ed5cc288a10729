import HTTP
import Platform
import Serving
import Settings

extension ServeSettings {
    /// All settings of `serve`. A line here is a setting: nothing else is to be told of it but what it does where it goes.
    static let table = SettingsTable<ServeSettings>(
        prefix: "MULTIBOX_", otherVariables: ["MULTIBOX_CONFIG", "MULTIBOX_ISA", "MULTIBOX_MODEL_MIRROR"],
        groups: [
            ("Model", ofModel), ("Listening", ofListening), ("Access", ofAccess), ("Machine", ofMachine),
            ("Detection", ofDetection), ("Requests", ofRequests), ("Photos", ofPhotos),
            ("Connections", ofConnections), ("Life and log", ofLife),
        ])

    /// Limits that are a duration's: none may be 0.
    static let someTime = Duration.milliseconds(1)...Duration.seconds(86_400)
    /// Durations that may be 0.
    static let anyTime = Duration.zero...Duration.seconds(86_400)

    private static let ofModel: [Setting<ServeSettings>] = [
        Setting(
            "model", \.model, letter: "m", unit: "path",
            default: .computed("the one built in") { _ in nil },
            help: """
                The model: a file (.safetensors, .onnx, .tflite, .pth), or a name of `multibox models list`. Of several, \
                NAME=FILE says what requests call it, and a folder stands for the model files in it; the first is meant \
                where a request names none.
                """),
        Setting(
            "labels", \.labels, unit: "path",
            help: "A file of class names, one a line; the first line ??? or background stands for the background."),
        Setting(
            "model-sha256", \.modelDigest, unit: "digest",
            help: """
                The SHA-256 that the model file must have, in 64 hexadecimal digits; another file is refused, at the start \
                and on SIGHUP.
                """),
        Setting(
            "max-model-memory", \.maximumModelMemory, in: 1 << 20...1 << 40, unit: "bytes",
            default: .computed("4294967296, but at most three quarters of the memory of this machine or container") {
                _ in min(4 << 30, AvailableMemory.bytes / 4 * 3)
            },
            help: """
                The most memory that models take while one is loaded: its file or its weights as they were and as they are \
                packed, the memory of all batches and streams, and all of the model that it is to replace.
                """),
    ]

    private static let ofListening: [Setting<ServeSettings>] = [
        Setting(
            "listen", \.listen, unit: "endpoints",
            help: "Listen on all of these instead of --host and --port: 127.0.0.1:80,[::1]:80,unix:/run/multibox.sock"),
        Setting(
            "host", \.host, unit: "address",
            default: .computed("127.0.0.1") { $0.inherited.isEmpty ? "127.0.0.1" : nil },
            help: "The address to listen on; :: takes IPv4 and IPv6."),
        Setting(
            "port", \.port, in: 0...65535, unit: "number",
            default: .computed("8080") { $0.inherited.isEmpty ? 8080 : nil },
            help: "The port; 0 lets the system choose."),
        Setting("unix-socket", \.unixSocket, unit: "path", help: "Listen on this Unix socket instead."),
        Setting(
            "probe-listen", \.probeListen, unit: "endpoints",
            help: """
                Serve probes and metrics here too, and nothing else: without TLS or keys, on a loop of its own. For \
                supervisors: 127.0.0.1:8081, unix:/run/multibox-probes.sock
                """),
        Setting(
            "no-page", \.noPage, help: "Do not show the page to try the model with, which is open to everybody, at /."),
        Setting(
            "reuse-port", \.server.sharesPorts,
            help: "Let several processes listen on the same port, among which the kernel spreads connections."),
    ]

    private static let ofAccess: [Setting<ServeSettings>] = [
        Setting(
            "tls-certificate", \.tlsCertificate, unit: "path",
            help: "PEM file: the server's certificate and the intermediate ones."),
        Setting(
            "tls-key", \.tlsKey, unit: "path", help: "PEM file: the certificate's private key, without passphrase."),
        Setting(
            "tls-client-ca", \.tlsClientAuthorities, unit: "path",
            help: "PEM file: clients need a certificate of one of these authorities."),
        Setting(
            "api-keys-file", \.apiKeysFile, unit: "path",
            help: """
                A file of API keys, one a line, with or without a name for log and metrics (name:key). Requests need one, \
                but for probes, metrics and the page.
                """),
        Setting(
            "rate-limit", \.service.rateLimit, unit: "rate", default: .computed("no limit") { _ in nil },
            help: "How often a client may ask, by its key or else its address, such as 10/s or 600/m."),
        Setting(
            "max-failed-keys", \.failedKeys, in: 0...1 << 20, unit: "keys",
            help: """
                The wrong API keys that an address may show a minute; beyond that only keys that were right from it before \
                are looked at. 0 for no limit.
                """),
        Setting(
            "trusted-proxies", \.service.trustedProxies, unit: "networks",
            help: "Proxies whose X-Forwarded-For is believed: networks such as 10.0.0.0/8,::1, or unix."),
        Setting(
            "cors-origin", \.service.allowedOrigins, unit: "origins",
            help: """
                Origins whose pages may ask and read the answers, such as https://app.example,http://localhost:3000, or * \
                for every one. Cookies are never taken; pages show API keys themselves.
                """),
    ]

    private static let ofMachine: [Setting<ServeSettings>] = [
        Setting("precision", \.precision, help: "The arithmetic. auto is the model's own."),
        Setting(
            "threads", \.threads, in: 1...1024, unit: "number",
            default: .computed("the processors this process may use") { _ in AvailableProcessors.count },
            help: "Threads for inference."),
        Setting(
            "streams", \.streams, in: 1...1024, unit: "number",
            default: .computed("2, with one thread 1") { min($0.threads, 2) },
            help: """
                Batches that run at the same time. One of two that is alone has all threads; together they share them, \
                which gives more images a second than one after another.
                """),
        Setting(
            "workers", \.service.workers, in: 1...1024, unit: "number",
            default: .computed("as many as for inference") { $0.threads },
            help: "Threads that decode photos and write answers."),
        Setting(
            "loops", \.server.loops, in: 1...256, unit: "number",
            default: .computed("the processors, at most 4") { _ in min(AvailableProcessors.count, 4) },
            help: "Event loops for connections."),
    ]

    private static let ofDetection: [Setting<ServeSettings>] = [
        Setting(
            "threshold", \.service.defaultThreshold, in: 0...1, unit: "score",
            help: "The lowest score reported if a request names none."),
        Setting(
            "image-scaling", \.service.imageScaling,
            help: "With fast, large JPEGs are decoded at a fraction of their size."),
        Setting(
            "max-batch-size", \.service.maximumBatchSize, in: 1...256, unit: "photos",
            help: """
                The most photos in a batch. Networks with few weights, which gain nothing by more, take one for each \
                thread that a stream has in a crowd.
                """),
        Setting(
            "max-queue-delay", \.service.maximumQueueDelay, in: anyTime, unit: "duration",
            help: "How long a batch that is not full may wait for more."),
        Setting(
            "max-queue", \.service.maximumQueuedImages, in: 1...65536, unit: "photos",
            help: "The most photos that wait; more are answered 429."),
        Setting(
            "max-queued-bytes", \.service.maximumQueuedBytes, in: 1 << 20...1 << 40, unit: "bytes",
            help: "The most memory that waiting requests hold."),
        Setting(
            "deadline", \.service.deadline, in: someTime, unit: "duration",
            help: "The time in which a photo must have reached the network, else 504."),
    ]
}
