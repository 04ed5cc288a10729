/// What a read of a byte stream came to.
enum StreamRead {
    /// This many bytes are in the buffer, at least one.
    case bytes(Int)
    /// The peer has ended its side.
    case end
    /// Nothing can be read until the descriptor is ready again.
    case blocked(until: Readiness)
}

/// What a write to a byte stream came to.
enum StreamWrite {
    /// This many bytes were taken, at least one.
    case bytes(Int)
    /// Nothing can be written until the descriptor is ready again.
    case blocked(until: Readiness)
}

/// Bytes in and out over a non-blocking descriptor which it owns: what a connection reads and writes. A stream that
/// encrypts performs its handshake within the first calls, and says which readiness it waits for: it may have to write
/// in order to read.
protocol ByteStream: AnyObject {
    /// The descriptor whose readiness counts.
    var raw: CInt { get }
    /// Whether a read would return bytes though the descriptor is not ready: input decrypted but not yet handed out.
    var hasBufferedInput: Bool { get }
    /// Whether the peer can be talked to: false until a handshake has succeeded.
    var isEstablished: Bool { get }
    /// Why the handshake failed, while the peer is given time to read that.
    var handshakeFailure: TransportError? { get }

    /// Reads what is there.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> StreamRead
    /// Writes as much of `first` followed by `second` as is taken; `first` is not empty.
    func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(TransportError) -> StreamWrite
    /// Ends the sending side.
    func endOutput()
}
