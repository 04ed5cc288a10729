import Platform
import Images
import Networks

/// What the service allows and how it uses the machine. Every value has the documented default.
public struct ServiceOptions: Sendable {
    /// The version of this program, for `/metrics` and `/healthz`.
    public var version: String
    /// Whether there is a page at the root.
    public var servesPage: Bool
    /// Whether models are served under names, that come and go one by one; else there is one, whatever it is called.
    public var servesSeveralModels: Bool
    /// The batches that models run at once, all together, at most; each of several models has its turn.
    public var batchesAtOnce: Int
    /// The largest body of a request, in bytes.
    public var maximumBodyBytes: Int
    /// The largest content of a request when it is decompressed.
    public var maximumDecompressedBytes: Int
    /// How many times larger a request's content may be when it is decompressed; up to 64 KiB it may be anyway.
    public var maximumContentExpansion: Int
    /// How often a client may ask, counted by its key or else its address; nil for as often as it likes.
    public var rateLimit: RateLimit?
    /// How many wrong API keys an address may show before no key from it is looked at but those that were right before; nil
    /// for any number.
    public var wrongKeys: RateLimit?
    /// The proxies that are believed who the client is.
    public var trustedProxies: TrustedProxies
    /// The origins whose pages may read what the service answers.
    public var allowedOrigins: AllowedOrigins
    /// What an image may ask of the decoder: pixels, sides, scans.
    public var imageLimits: ImageLimits
    /// Whether an image of whose file anything would have to be forgiven is refused.
    public var refusesFlawedImages: Bool
    /// Whether a large JPEG may be decoded at a fraction of its size.
    public var imageScaling: DCTScaling
    /// The most images in one request.
    public var maximumImagesPerRequest: Int
    /// The most images that wait for a batch, those that are still to be decoded counted.
    public var maximumQueuedImages: Int
    /// The most bytes that requests hold together from their admission to their answer: bodies, what those become when
    /// they are decompressed or read from base64, and network inputs.
    public var maximumQueuedBytes: Int
    /// The time from the arrival of a request within which its images must have reached the engine.
    public var deadline: Duration
    /// The lowest score that is reported where a request names none, 0…1.
    public var defaultThreshold: Float
    /// The most images in a batch; the engine's own limit holds too.
    public var maximumBatchSize: Int
    /// How long a batch that is not full may be held for more images.
    public var maximumQueueDelay: Duration
    /// Threads that decode images and write answers.
    public var workers: Int

    /// The documented defaults.
    public init(version: String) {
        self.version = version
        servesPage = true
        servesSeveralModels = false
        batchesAtOnce = 1
        maximumBodyBytes = 20 << 20
        maximumDecompressedBytes = 64 << 20
        maximumContentExpansion = 100
        rateLimit = nil
        wrongKeys = RateLimit(count: 10, period: .seconds(60))
        trustedProxies = TrustedProxies()
        allowedOrigins = AllowedOrigins()
        imageLimits = ImageLimits()
        refusesFlawedImages = false
        imageScaling = .exact
        maximumImagesPerRequest = 32
        maximumQueuedImages = 64
        maximumQueuedBytes = 512 << 20
        deadline = .seconds(10)
        defaultThreshold = 0.5
        maximumBatchSize = 8
        maximumQueueDelay = .zero
        workers = AvailableProcessors.count
    }
}
