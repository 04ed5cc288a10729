import Images
import Networks
import Platform
import Serving
import Settings
import Transport

/// What `serve` runs with. As it is made, what is in force where nobody says anything and nothing is computed; settled by
/// ``table``, then by ``combine(_:)``.
struct ServeSettings: Sendable {
    /// Nil for the one that is built in.
    var model: NamedModelList?
    var labels: String?
    /// What the model's file must hash to.
    var modelDigest: DigestArgument?
    /// The most bytes that models take, that which is in service and one that is to replace it.
    var maximumModelMemory = 4 << 30
    /// Where to listen, as a list or as one address; ``endpoints`` says which of them counts.
    var listen: EndpointList?
    var host: String?
    var port: Int?
    var unixSocket: String?
    /// Where to listen, beside `inherited`.
    var endpoints: [Endpoint] = []
    /// Where probes and metrics are served alone.
    var probeListen: EndpointList?
    /// Descriptors of sockets that a supervisor opened.
    var inherited: Range<Int32>
    var tlsCertificate: String?
    var tlsKey: String?
    var tlsClientAuthorities: String?
    /// What TCP connections are encrypted with; nil for plain HTTP.
    var tls: TLSFiles?
    /// Where the keys are that requests need; nil where they need none.
    var apiKeysFile: String?
    var precision = Precision.auto
    var threads = AvailableProcessors.count
    var streams = 1
    var drainDelay = Duration.seconds(5)
    var drainTimeout = Duration.seconds(30)
    var logFormat = LogFormat.auto
    var logLevel = LogLevel.info
    var logAddresses = LogAddresses.on
    /// How many successes share a log line.
    var logSampling = 1
    /// How long a request may take before its line is written anyway.
    var logSlow = Duration.seconds(1)
    var service = ServiceOptions(version: Version.current)
    var server = ServerConfiguration()

    /// The defaults that are not computed.
    static let defaults = ServeSettings()

    /// The defaults, for a process that was given these sockets.
    init(inherited: Range<Int32> = 0..<0) {
        self.inherited = inherited
        server.maximumConnectionsPerClient = 256
    }

    /// Threads that a stream may have while others rest. Of two streams each has all, of more each so many that twice the
    /// processors' number are parked at most: as many teams as streams with all threads each would be thousands.
    var threadsPerStream: Int { min(threads, max(1, 2 * threads / streams)) }

    /// The one model that is served; nil where there may be several.
    var onlyModel: NamedModelList.Element? {
        model.map { $0.only } ?? .init(name: nil, text: ModelArguments.builtIn)
    }

    /// Where probes and metrics are served alone.
    var probeEndpoints: [Endpoint] { probeListen?.endpoints ?? [] }

    /// Whether there is no page at the root.
    var noPage: Bool {
        get { !service.servesPage }
        set { service.servesPage = !newValue }
    }

    /// The most connections of one client; 0 for any number.
    var connectionsPerClient: Int {
        get { server.maximumConnectionsPerClient ?? 0 }
        set { server.maximumConnectionsPerClient = newValue == 0 ? nil : newValue }
    }

    /// The wrong keys that an address may show a minute; 0 for any number.
    var failedKeys: Int {
        get { service.wrongKeys?.count ?? 0 }
        set { service.wrongKeys = newValue == 0 ? nil : RateLimit(count: newValue, period: .seconds(60)) }
    }
}
