import HTTP
import Platform

/// A connection to a server, as a client has it: one request after the other, each answered before the next, on the thread
/// of whoever asks. What comes is bounded in size and in time.
public struct ClientConnection: ~Copyable {
    private let stream: any ByteStream
    private let endpoint: Endpoint
    private let limits: ParserLimits
    private let timeout: Duration
    /// Whether the server said that it takes another request here.
    public private(set) var isReusable = true

    /// Bytes that are read at once.
    private static let chunk = 64 << 10

    /// Connects, to the first address of the endpoint that takes it.
    ///
    /// - Parameters:
    ///   - security: whether it is encrypted.
    ///   - limits: of each answer.
    ///   - timeout: the time for the connection, and that for each answer with its request; a handshake is part of the first.
    public init(
        to endpoint: Endpoint, security: ClientSecurity = .none, limits: ParserLimits = ParserLimits(),
        timeout: Duration
    ) throws(ClientError) {
        self.endpoint = endpoint
        self.limits = limits
        self.timeout = timeout
        let addresses: [SocketAddress]
        do throws(TransportError) {
            switch endpoint {
            case .tcp(let host, let port): addresses = try SocketAddress.resolve(host: host, port: port)
            case .unix(let path): addresses = [try SocketAddress(path: path)]
            }
        } catch {
            guard case .hostNotFound(let host, let reason) = error else {
                throw .notConnected(endpoint, reason: "\(error)")
            }
            throw .hostNotFound(host: host, reason: reason)
        }
        let deadline = ContinuousClock.now + timeout
        var reason = "it has no address"
        for address in addresses {
            switch Self.connect(address, until: deadline) {
            case .success(let number):
                guard let stream = security.stream(over: FileDescriptor(owning: number), to: endpoint) else {
                    throw .notConnected(endpoint, reason: "there is no memory for a TLS session")
                }
                self.stream = stream
                return
            case .failure(let error): reason = error.text
            }
        }
        throw .notConnected(endpoint, reason: reason)
    }

    private struct Refusal: Error {
        var text: String
    }

    /// A connected descriptor, which is the caller's.
    private static func connect(_ address: SocketAddress, until deadline: ContinuousClock.Instant) -> Result<
        CInt, Refusal
    > {
        do throws(TransportError) {
            let number = try Socket.connecting(to: address)
            var problem = wait(number, for: Int16(POLLOUT), until: deadline) == nil ? "Connection timed out" : nil
            if problem == nil, let code = Socket.pendingError(number) { problem = TransportError.text(of: code) }
            guard let problem else {
                if address.family != AF_UNIX { try? Socket.disableNagle(number) }
                return .success(number)
            }
            close(number)
            return .failure(Refusal(text: problem))
        } catch {
            if case .system(_, let code) = error { return .failure(Refusal(text: TransportError.text(of: code))) }
            return .failure(Refusal(text: "\(error)"))
        }
    }

    /// What is ready of a descriptor; nil where nothing is in time.
    private static func wait(_ number: CInt, for events: Int16, until deadline: ContinuousClock.Instant) -> Int16? {
        while true {
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return nil }
            var wanted = pollfd(fd: number, events: events, revents: 0)
            let count = poll(&wanted, 1, CInt(clamping: Int(min(rest.milliseconds, 1e6).rounded(.up))))
            if count > 0 { return wanted.revents }
        }
    }

    /// Sends a request and reads its answer.
    ///
    /// An answer that comes before all of the request is sent, as of a server that refuses its size, is taken as it is; the
    /// connection is then done with.
    public mutating func ask(_ head: [UInt8], _ body: [UInt8]) throws(ClientError) -> ReceivedResponse {
        precondition(isReusable, "one that is done with is not asked")
        isReusable = false
        let deadline = ContinuousClock.now + timeout
        var parser = ResponseParser(limits: limits)
        var sent = 0
        var isSending = true
        let total = head.count + body.count
        while true {
            // What there is to read is read first: it may be an answer to what is not sent yet.
            var awaited: Readiness = []
            switch try receive(&parser) {
            case .response(let response):
                isReusable = response.keepsAlive && sent == total
                return response
            case .more:
                guard ContinuousClock.now < deadline else { throw .timeout(endpoint, timeout) }
                continue
            case .blocked(let readiness): awaited.formUnion(readiness)
            }
            if isSending {
                do throws(TransportError) {
                    switch try send(head, body, from: sent) {
                    case .bytes(let count):
                        sent += count
                        isSending = sent < total
                        if isSending { continue }
                    case .blocked(let readiness): awaited.formUnion(readiness)
                    }
                } catch {
                    // It takes no more; what it answered may still be there to read.
                    isSending = false
                }
            }
            let events = (awaited.contains(.output) ? Int16(POLLOUT) : 0) | Int16(POLLIN)
            guard Self.wait(stream.raw, for: events, until: deadline) != nil else {
                throw .timeout(endpoint, timeout)
            }
        }
    }

    private func send(_ head: [UInt8], _ body: [UInt8], from sent: Int) throws(TransportError) -> StreamWrite {
        try head.withUnsafeBufferPointer { (head) throws(TransportError) in
            try body.withUnsafeBufferPointer { (body) throws(TransportError) in
                let (head, body) = (UnsafeRawBufferPointer(head), UnsafeRawBufferPointer(body))
                let first = UnsafeRawBufferPointer(rebasing: head[min(sent, head.count)...])
                let second = UnsafeRawBufferPointer(rebasing: body[max(0, sent - head.count)...])
                return try stream.write(
                    first.isEmpty ? second : first,
                    first.isEmpty ? UnsafeRawBufferPointer(start: nil, count: 0) : second)
            }
        }
    }

    private enum Receipt {
        case response(ReceivedResponse)
        /// Bytes that are not all of it.
        case more
        case blocked(until: Readiness)
    }

    /// Reads what has come.
    private func receive(_ parser: inout ResponseParser) throws(ClientError) -> Receipt {
        try withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 1) {
            (buffer) throws(ClientError) -> Receipt in
            let outcome: StreamRead
            do throws(TransportError) { outcome = try stream.read(into: buffer) } catch {
                switch error {
                case .system where parser.isUntouched: throw .closed(endpoint)
                case .system(_, let code): throw .broken(endpoint, reason: TransportError.text(of: code))
                default: throw .broken(endpoint, reason: "\(error)")
                }
            }
            if case .end = outcome, parser.isUntouched { throw .closed(endpoint) }
            do throws(ResponseError) {
                switch outcome {
                case .blocked(let readiness): return .blocked(until: readiness)
                case .end: return .response(try parser.endOfInput())
                case .bytes(let count):
                    let response = try parser.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    return response.map(Receipt.response) ?? .more
                }
            } catch { throw .response(endpoint, error) }
        }
    }
}
