import Foundation
import Synchronization
import Testing

/// Two replicas behind HAProxy with the configuration of `Deploy`: replicas end and come back under load, and no client
/// notices.
@Suite(
    .endToEnd,
    .enabled(if: Program.haproxy != nil, "needs HAProxy: apt-get install haproxy, or make test, which does"))
struct LoadBalancerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// HAProxy in front of two ports.
    private final class Balancer: Sendable {
        let process: ChildProcess
        let port: UInt16

        init(_ replicas: [UInt16]) throws {
            port = try Self.freePort()
            process = try ChildProcess(
                try #require(Program.haproxy), ["-db", "-f", Program.repository + "/Deploy/haproxy.cfg"],
                environment: [
                    "FRONTEND": "127.0.0.1:\(port)", "REPLICA_1": "127.0.0.1:\(replicas[0])",
                    "REPLICA_2": "127.0.0.1:\(replicas[1])",
                ])
        }

        deinit { process.end() }

        /// A port that nothing used a moment ago: HAProxy does not say which one it was given.
        private static func freePort() throws -> UInt16 {
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
                }
            }
            guard status == 0 else { throw Unexpected("no free port: \(String(cString: strerror(errno)))") }
            return UInt16(bigEndian: address.sin_port)
        }

        /// Waits until HAProxy listens: its process is there before that.
        func awaitListening() throws {
            for _ in 0..<6000 {
                if (try? RawConnection(port: port)) != nil { return }
                usleep(10_000)
            }
            throw Unexpected("HAProxy does not listen: \(process.errors.allLines)")
        }

        /// Waits for a change of a replica's state, in lines after those, and returns the number of lines until then.
        func awaitState(_ replica: Int, _ state: String, after lines: Int) throws {
            let text = "detectors/replica\(replica) is \(state)"
            _ = try process.output.line(after: lines) { $0.contains(text) ? $0 : nil }
        }

        var lines: Int { process.output.allLines.count }
    }

    /// Clients that ask until they are told to stop.
    private final class Load: Sendable {
        let isOver = Atomic(false)
        let answered = Atomic(0)
        /// While a replica dies, what it was sent is lost; what goes wrong then is not told.
        let isDying = Atomic(false)

        /// Waits until so many more requests were answered.
        func awaitAnswers(_ count: Int) throws {
            let goal = answered.load(ordering: .relaxed) + count
            for _ in 0..<6000 {
                if answered.load(ordering: .relaxed) >= goal { return }
                usleep(10_000)
            }
            throw Unexpected("requests are not answered")
        }
    }

    /// What a client saw wrong: connections that end between two requests are no fault, all else is.
    private static func client(_ port: UInt16, _ body: [UInt8], expecting: [Found], _ load: Load) -> [String] {
        var connection: RawConnection?
        var wrong: [String] = []
        while !load.isOver.load(ordering: .relaxed), wrong.count < 10 {
            let isDying = load.isDying.load(ordering: .relaxed)
            do {
                let open = try connection ?? RawConnection(port: port)
                connection = open
                try open.request(body: body)
                let reply = try open.reply()
                if reply.status != 200 {
                    wrong.append("\(reply.status) \(reply.text)")
                } else if try reply.detections != expecting {
                    wrong.append("other detections: \(reply.text)")
                }
                if reply.headers["connection"]?.lowercased() == "close" { connection = nil }
                load.answered.add(1, ordering: .relaxed)
            } catch {
                wrong.append("\(error)")
                connection = nil
            }
            if isDying { wrong = [] }
        }
        return wrong
    }

    @Test("Replicas end and come back under load without a failed request")
    func rollingRestart() throws {
        let model = try folder.writeModel()
        let arguments = ["--drain-delay", "1500ms"]
        let replicas = Mutex(try (0..<2).map { _ in try ServerProcess(model: model, arguments) })
        let ports = replicas.withLock { $0.map(\.port) }
        let balancer = try Balancer(ports)
        defer { balancer.process.end() }
        try balancer.awaitListening()
        // As large as photos are: more than HAProxy buffers.
        let body = try ColorPhoto(width: 512, height: 512, cells: [4: .red, 13: .blue], grain: 30).jpeg
        #expect(body.count > 100_000)
        let expected = try RawReplica.detections(port: ports[0], body)
        let load = Load()
        let results = try onThreads(5) { client -> [String] in
            guard client == 4 else {
                return Self.client(balancer.port, body, expecting: expected, load)
            }
            defer { load.isOver.store(true, ordering: .relaxed) }
            for replica in [1, 2] {
                try load.awaitAnswers(20)
                let old = replicas.withLock { $0[replica - 1] }
                let before = balancer.lines
                old.process.send(SIGTERM)
                try balancer.awaitState(replica, "DOWN", after: before)
                guard try old.process.wait() == .status(0) else { throw Unexpected("a replica did not end cleanly") }
                // The other one carries all.
                try load.awaitAnswers(20)
                let down = balancer.lines
                let new = try ServerProcess(model: model, arguments + ["--port", "\(old.port)"])
                replicas.withLock { $0[replica - 1] = new }
                try balancer.awaitState(replica, "UP", after: down)
            }
            try load.awaitAnswers(20)
            return []
        }.flatMap(\.self)
        #expect(results.isEmpty, "\(results.count) of \(load.answered.load(ordering: .relaxed)): \(results.prefix(3))")
    }

    @Test("A replica that dies takes no more than its own requests along")
    func death() throws {
        let model = try folder.writeModel()
        let replicas = try (0..<2).map { _ in try ServerProcess(model: model) }
        defer { for replica in replicas { replica.process.end() } }
        let balancer = try Balancer(replicas.map(\.port))
        defer { balancer.process.end() }
        try balancer.awaitListening()
        let body = try ColorPhoto(width: 512, height: 512, cells: [7: .green], grain: 30).jpeg
        let expected = try replicas[0].ask(body: body).detections
        let load = Load()
        let results = try onThreads(5) { client -> [String] in
            guard client == 4 else {
                return Self.client(balancer.port, body, expecting: expected, load)
            }
            defer { load.isOver.store(true, ordering: .relaxed) }
            try load.awaitAnswers(40)
            for replica in replicas where (try replica.metric("multibox_batch_size_sum") ?? 0) < 5 {
                throw Unexpected("a replica is not used")
            }
            load.isDying.store(true, ordering: .relaxed)
            // A request of before that may be the one that is lost.
            try load.awaitAnswers(20)
            replicas[0].process.send(SIGKILL)
            _ = try replicas[0].process.wait()
            load.isDying.store(false, ordering: .relaxed)
            try load.awaitAnswers(100)
            return []
        }
        // HAProxy may reuse a connection whose end it has not seen yet: once a client, and not until the next check.
        #expect(results.allSatisfy { $0.count <= 1 }, "\(results)")
    }
}

/// A replica asked past the balancer.
private enum RawReplica {
    static func detections(port: UInt16, _ body: [UInt8]) throws -> [Found] {
        let connection = try RawConnection(port: port)
        try connection.request(body: body)
        return try connection.reply().detections
    }
}
