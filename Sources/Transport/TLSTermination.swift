import Synchronization

/// What the TLS of a listener is made with. Its certificates can be replaced while it listens: handshakes that begin
/// after that use the new ones, connections that are there keep what they have.
public final class TLSTermination: Sendable {
    /// Where the certificates are read from.
    public let files: TLSFiles
    private let context: Mutex<TLSContext>

    /// Reads the files.
    public init(_ files: TLSFiles) throws(TLSError) {
        self.files = files
        context = Mutex(try TLSContext(files))
    }

    /// Reads the files again. On an error the earlier certificates stay in use.
    public func reload() throws(TLSError) {
        let next = try TLSContext(files)
        context.withLock { $0 = next }
    }

    /// A stream over a connection that was just accepted; nil if there is no memory for it.
    func stream(over descriptor: consuming FileDescriptor) -> TLSStream? {
        let context = context.withLock { $0 }
        return TLSStream(descriptor, context: context)
    }
}
