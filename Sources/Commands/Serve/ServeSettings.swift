import Platform
import Images
import Networks
import Serving
import Transport

/// What `serve` runs with, every source settled.
struct ServeSettings {
    /// Nil for the one that is built in.
    var model: String?
    var labels: String?
    /// What the model's file must hash to.
    var modelDigest: DigestArgument?
    /// The most bytes that models take, that which is in service and one that is to replace it.
    var maximumModelMemory: Int
    var endpoints: [Endpoint]
    /// Where probes and metrics are served alone.
    var probeEndpoints: [Endpoint]
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
    var logLevel: LogLevel
    var logAddresses: LogAddresses
    var service: ServiceOptions
    var server: ServerConfiguration

    /// Four GiB, or three quarters of what this process may have if that is less: the rest is for requests.
    static var defaultModelMemory: Int { min(4 << 30, AvailableMemory.bytes / 4 * 3) }

    /// The names of all settings: flags without their dashes, keys of the configuration file.
    static let names: Set<String> = [
        "model", "labels", "model-sha256", "max-model-memory", "listen", "host", "port", "unix-socket", "probe-listen",
        "probe-seats", "reuse-port", "max-connections-per-client",
        "tls-certificate", "tls-key", "tls-client-ca",
        "api-keys-file", "rate-limit", "trusted-proxies", "max-decompressed-bytes", "max-expansion", "threads",
        "precision", "streams", "workers", "loops", "threshold",
        "image-scaling", "max-batch-size", "max-queue-delay", "max-queue", "max-queued-bytes", "deadline",
        "max-body-bytes", "max-pixels", "max-image-side", "max-scans", "strict-images",
        "max-images", "max-connections", "max-held-bytes", "idle-timeout",
        "header-timeout",
        "body-timeout", "write-timeout", "drain-delay", "drain-timeout", "log-format",
        "log-level", "log-addresses", "max-failed-keys", "end-of-input",
    ]
}
