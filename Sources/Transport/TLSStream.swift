import COpenSSL

/// A socket under TLS, as its server or, where the session is one, as its client.
///
/// States: *handshaking* (driven by reads) → *established* → *ended* (nothing more is read); *handshaking* → *refused*
/// (the handshake failed and the client was sent an alert: what it still sends is dropped until it ends its side, so that
/// no reset overtakes the alert) and *established* → *failed*.
///
/// An end of the socket that `close_notify` did not announce is a failure: somebody may have cut the stream (RFC 8446,
/// section 6.1).
///
/// Invariant: a write that was blocked is followed by one that begins with the same bytes and has no fewer of them, which
/// OpenSSL relies on: it has encrypted them already.
final class TLSStream: ByteStream {
    private enum State {
        case handshaking
        case established
        case ended
        case refused(TransportError, dropped: Int)
        case failed(TransportError)
    }

    /// Why OpenSSL did not do what it was asked to.
    private enum Halt {
        case blocked(until: Readiness)
        case ended
        case failed(TransportError)
    }

    /// The content of a TLS record, in bytes: what one write takes at most.
    private static let recordSize = 16 << 10
    /// Bytes that a client whose handshake failed may still send.
    private static let maximumDropped = 64 << 10

    private let socket: TLSSocket
    private let session: OpaquePointer
    private var state = State.handshaking
    /// Whether the last read ended for want of room, not of input.
    private var mayHaveInput = false
    /// Whether bytes are encrypted and not yet sent.
    private var owesRecord = false
    private var saidGoodbye = false

    /// Takes ownership of a non-blocking socket; nil if there is no memory.
    convenience init?(_ descriptor: consuming FileDescriptor, context: TLSContext) {
        self.init(descriptor, session: context.makeSession())
    }

    /// Takes ownership of a non-blocking socket and of a session that waits for its handshake; nil if there is no memory.
    init?(_ descriptor: consuming FileDescriptor, session: OpaquePointer?) {
        socket = TLSSocket(descriptor)
        guard let session else { return nil }
        self.session = session
        // OpenSSL owns it from here on, once for both directions.
        guard let bio = socket.makeBIO() else { return nil }
        SSL_set_bio(session, bio, bio)
    }

    deinit {
        // A stream that is cut off does not say that it was complete.
        if !owesRecord { sayGoodbye() }
        SSL_free(session)
    }

    var raw: CInt { socket.raw }

    var isEstablished: Bool {
        switch state {
        case .established, .ended, .failed: true
        case .handshaking, .refused: false
        }
    }

    var handshakeFailure: TransportError? {
        if case .refused(let error, _) = state { error } else { nil }
    }

    var hasBufferedInput: Bool { mayHaveInput }

    // MARK: Reading

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> StreamRead {
        switch state {
        case .handshaking, .established: break
        case .ended: return .end
        case .refused: return try drop(into: buffer)
        case .failed(let error): throw error
        }
        // A record is at most 16 KiB: several are read at once.
        var count = 0
        while count < buffer.count {
            var taken = 0
            OpenSSLErrors.clear()
            let result = SSL_read_ex(session, buffer.baseAddress?.advanced(by: count), buffer.count - count, &taken)
            let halt = result == 1 ? nil : halt(of: result)
            if case .handshaking = state, SSL_is_init_finished(session) == 1 { state = .established }
            guard let halt else {
                count += taken
                continue
            }
            switch halt {
            case .blocked(let readiness):
                mayHaveInput = false
                return count > 0 ? .bytes(count) : .blocked(until: readiness)
            case .ended: state = .ended
            case .failed(let error):
                if case .handshaking = state {
                    state = .refused(error, dropped: 0)
                    Socket.endOutput(raw)
                } else {
                    state = .failed(error)
                }
            }
            // What is known now is told by the next read.
            mayHaveInput = count > 0
            return count > 0 ? .bytes(count) : try read(into: buffer)
        }
        mayHaveInput = SSL_has_pending(session) == 1
        return .bytes(count)
    }

    /// Reads what a client sends whose handshake failed, below TLS.
    private func drop(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> StreamRead {
        while case .refused(let error, let dropped) = state {
            guard dropped < Self.maximumDropped, !socket.hasEnded, socket.failure == nil else { throw error }
            switch try socket.receive(into: buffer) {
            case .value(0): throw error
            case .value(let count): state = .refused(error, dropped: dropped + count)
            case .wouldBlock: return .blocked(until: .input)
            }
        }
        return .end
    }

    // MARK: Writing

    func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(TransportError) -> StreamWrite {
        switch state {
        case .handshaking, .established, .ended: break
        case .refused(let error, _), .failed(let error): throw error
        }
        if first.count >= Self.recordSize || second.isEmpty { return try write(first.prefix(Self.recordSize)) }
        // A head and its content are one record rather than two.
        let count = min(first.count + second.count, Self.recordSize)
        let result = withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) {
            bytes -> Result<StreamWrite, TransportError> in
            bytes.copyMemory(from: first)
            UnsafeMutableRawBufferPointer(rebasing: bytes[first.count...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: second.prefix(count - first.count)))
            return Result { () throws(TransportError) in
                try write(Slice(base: UnsafeRawBufferPointer(bytes), bounds: 0..<count))
            }
        }
        return try result.get()
    }

    private func write(_ bytes: Slice<UnsafeRawBufferPointer>) throws(TransportError) -> StreamWrite {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        var taken = 0
        OpenSSLErrors.clear()
        let result = SSL_write_ex(session, bytes.baseAddress, bytes.count, &taken)
        if result == 1 {
            owesRecord = false
            return .bytes(taken)
        }
        switch halt(of: result) {
        case .blocked(let readiness):
            owesRecord = true
            return .blocked(until: readiness)
        case .ended:
            throw fail(.tls(reason: "the session has ended"))
        case .failed(let error):
            throw fail(error)
        }
    }

    func endOutput() {
        sayGoodbye()
        Socket.endOutput(raw)
    }

    /// Sends `close_notify`, once, as far as that needs no waiting.
    private func sayGoodbye() {
        switch state {
        case .established, .ended: break
        case .handshaking, .refused, .failed: return
        }
        guard !saidGoodbye else { return }
        saidGoodbye = true
        OpenSSLErrors.clear()
        SSL_shutdown(session)
        OpenSSLErrors.clear()
    }

    // MARK: Failures

    private func fail(_ error: TransportError) -> TransportError {
        state = .failed(error)
        return error
    }

    private func halt(of result: CInt) -> Halt {
        let error = SSL_get_error(session, result)
        defer { OpenSSLErrors.clear() }
        switch error {
        case SSL_ERROR_WANT_READ: return .blocked(until: .input)
        case SSL_ERROR_WANT_WRITE: return .blocked(until: .output)
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            if let failure = socket.failure { return .failed(failure) }
            if socket.hasEnded { return .failed(.truncated) }
            return .failed(.tls(reason: reason))
        }
    }

    /// What OpenSSL says of its last failure, and where that is a client's certificate, what is the matter with it.
    private var reason: String {
        let reason = OpenSSLErrors.take()
        let verification = SSL_get_verify_result(session)
        guard verification != X509_V_OK, let text = X509_verify_cert_error_string(verification) else { return reason }
        return "\(reason): \(String(cString: text))"
    }
}
