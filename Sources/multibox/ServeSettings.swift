import Images
import Networks
import Serving
import Transport

/// What `serve` runs with, every source settled.
struct ServeSettings {
    /// Nil for the one that is built in.
    var model: String?
    var labels: String?
    var endpoints: [Endpoint]
    /// Descriptors of sockets that a supervisor opened.
    var inherited: Range<Int32>
    /// What TCP connections are encrypted with; nil for plain HTTP.
    var tls: TLSFiles?
    /// Where the keys are that requests need; nil where they need none.
    var apiKeysFile: String?
    var precision: Precision
    var streams: Int
    var threads: Int
    /// Threads that a stream may have while others rest. Of two streams each has all, of more each so many that twice the
    /// processors' number are parked at most: as many teams as streams with all threads each would be thousands.
    var threadsPerStream: Int { min(threads, max(1, 2 * threads / streams)) }
    var drainDelay: Duration
    var drainTimeout: Duration
    var logFormat: LogFormat
    var service: ServiceOptions
    var server: ServerConfiguration

    /// The names of all settings: flags without their dashes, keys of the configuration file.
    static let names: Set<String> = [
        "model", "labels", "listen", "host", "port", "unix-socket", "reuse-port", "max-connections-per-client",
        "tls-certificate", "tls-key", "tls-client-ca",
        "api-keys-file", "rate-limit", "trusted-proxies", "max-decompressed-bytes", "max-expansion", "threads",
        "precision", "streams", "workers", "loops", "threshold",
        "image-scaling", "max-batch-size", "max-queue-delay", "max-queue", "max-queued-bytes", "deadline",
        "max-body-bytes", "max-pixels", "max-images", "max-connections", "max-held-bytes", "idle-timeout",
        "header-timeout",
        "body-timeout", "write-timeout", "drain-delay", "drain-timeout", "log-format",
    ]
}
