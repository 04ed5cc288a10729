/// The PEM files that a server's TLS is made of.
public struct TLSFiles: Sendable, Hashable {
    /// The server's certificate, followed by the intermediate ones.
    public var certificate: String
    /// The private key of the server's certificate, not encrypted.
    public var key: String
    /// The authorities of which a client has to show a certificate; nil asks for none.
    public var clientAuthorities: String?

    /// These files; nothing is read yet.
    public init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}
