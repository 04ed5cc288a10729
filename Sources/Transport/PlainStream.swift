/// A socket as it is.
final class PlainStream: ByteStream {
    private let descriptor: FileDescriptor

    /// Takes ownership of a non-blocking socket.
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    var raw: CInt { descriptor.raw }
    var hasBufferedInput: Bool { false }
    var isEstablished: Bool { true }
    var handshakeFailure: TransportError? { nil }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> StreamRead {
        switch try Socket.receive(descriptor.raw, into: buffer) {
        case .value(0): .end
        case .value(let count): .bytes(count)
        case .wouldBlock: .blocked(until: .input)
        }
    }

    func write(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(TransportError) -> StreamWrite {
        switch try Socket.send(descriptor.raw, first, second) {
        case .value(let count): .bytes(count)
        case .wouldBlock: .blocked(until: .output)
        }
    }

    func endOutput() { Socket.endOutput(descriptor.raw) }
}
