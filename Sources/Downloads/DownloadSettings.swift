/// How files are fetched.
public struct DownloadSettings: Sendable {
    /// What this program is called towards servers.
    public var userAgent: String
    /// A file of certificates of authorities to trust (PEM) in place of the system's.
    public var certificateFile: String?
    /// How long a connection may take to come about, in seconds.
    public var connectSeconds = 30
    /// For how long less than `leastBytesPerSecond` may come, in seconds.
    public var stallSeconds = 30
    /// What is hardly anything, in bytes a second.
    let leastBytesPerSecond = 1024
    /// How often an address may lead to another.
    let maximumRedirections = 5
    /// How often it is tried again after what may pass, going on from what came. Waits double from one second.
    public var retries = 3

    /// The defaults, under a name.
    public init(userAgent: String) { self.userAgent = userAgent }
}
