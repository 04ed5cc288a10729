import Transport

extension ServiceURL {
    /// Where the service of these settings is asked whether it is ready, from its own machine.
    ///
    /// The first address that is for probes alone; else the first that it listens on.
    ///
    /// - Throws: `Failure` where the settings do not tell.
    init(ofProbesOf settings: ServeSettings) throws {
        let plain = settings.probeEndpoints.map { (endpoint: $0, isEncrypted: false) }
        let all = plain + settings.endpoints.map { (endpoint: $0, isEncrypted: settings.tls != nil && $0.isTCP) }
        guard let (endpoint, isEncrypted) = all.first(where: { $0.endpoint.isKnown }) else {
            throw Failure("the system chooses the service's port: name it with http://HOST:PORT")
        }
        let near = endpoint.asNeighbour
        let scheme = isEncrypted ? "https" : "http"
        self.init(
            endpoint: near, authority: near.isTCP ? "\(near)" : "localhost", path: "", query: nil,
            isEncrypted: isEncrypted, description: near.isTCP ? "\(scheme)://\(near)" : "\(near)")
    }
}

extension Endpoint {
    fileprivate var isTCP: Bool { if case .tcp = self { true } else { false } }

    /// Whether somebody else can say where it is.
    fileprivate var isKnown: Bool { if case .tcp(_, port: 0) = self { false } else { true } }

    /// Who listens on all addresses is reached on the loopback's. `::` takes IPv4 as well, which every machine has there.
    fileprivate var asNeighbour: Endpoint {
        if case .tcp("0.0.0.0", let port) = self { return .tcp(host: "127.0.0.1", port: port) }
        if case .tcp("::", let port) = self { return .tcp(host: "127.0.0.1", port: port) }
        return self
    }
}
