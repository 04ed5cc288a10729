import COpenSSL

/// The socket below a TLS stream, as OpenSSL reads and writes it: by the transport's own calls, since OpenSSL's would
/// raise SIGPIPE where the peer is gone.
final class TLSSocket {
    private let descriptor: FileDescriptor
    /// The error that ended it.
    private(set) var failure: TransportError?
    /// Whether the peer has ended its side, with or without saying so in TLS.
    private(set) var hasEnded = false

    /// Takes ownership of a non-blocking socket.
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    var raw: CInt { descriptor.raw }

    /// A BIO over this socket, which has to outlive it; nil if there is no memory.
    func makeBIO() -> OpaquePointer? {
        guard let method = Self.method.pointer, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        return bio
    }

    /// Reads below TLS.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> SystemOutcome {
        try Socket.receive(descriptor.raw, into: buffer)
    }

    private func read(_ bio: OpaquePointer, _ bytes: UnsafeMutablePointer<CChar>, _ count: CInt) -> CInt {
        do throws(TransportError) {
            switch try receive(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))) {
            case .value(let taken):
                if taken == 0 { hasEnded = true }
                return CInt(taken)
            case .wouldBlock:
                openssl_bio_retry_read(bio)
                return -1
            }
        } catch {
            failure = error
            return -1
        }
    }

    private func write(_ bio: OpaquePointer, _ bytes: UnsafePointer<CChar>, _ count: CInt) -> CInt {
        do throws(TransportError) {
            let bytes = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            switch try Socket.send(descriptor.raw, bytes, UnsafeRawBufferPointer(start: nil, count: 0)) {
            case .value(let taken):
                return CInt(taken)
            case .wouldBlock:
                openssl_bio_retry_write(bio)
                return -1
            }
        } catch {
            failure = error
            return -1
        }
    }

    /// The kind of BIO.
    ///
    /// `@unchecked Sendable`: it is complete when it is published and never changed after that.
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static let method: Method = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "multibox socket") else {
            return Method(pointer: nil)
        }
        BIO_meth_set_read(method) { bio, bytes, count in
            guard let bio, let bytes, count > 0, let socket = TLSSocket.of(bio) else { return -1 }
            openssl_bio_begin(bio)
            return socket.read(bio, bytes, count)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bio, let bytes, count > 0, let socket = TLSSocket.of(bio) else { return -1 }
            openssl_bio_begin(bio)
            return socket.write(bio, bytes, count)
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            // Nothing is buffered here.
            case BIO_CTRL_FLUSH: 1
            case BIO_CTRL_EOF: bio.flatMap(TLSSocket.of)?.hasEnded == true ? 1 : 0
            default: 0
            }
        }
        return Method(pointer: method)
    }()

    private static func of(_ bio: OpaquePointer) -> TLSSocket? {
        BIO_get_data(bio).map { Unmanaged<TLSSocket>.fromOpaque($0).takeUnretainedValue() }
    }
}
