import Foundation
import Synchronization
import TestSupport
import Testing

/// Two replicas behind HAProxy with the files of `Deploy`: replicas end, die, pause and come back under load, others waste
/// its time, and no client loses a request.
@Suite(
    .endToEnd,
    .enabled(if: Program.haproxy != nil, "needs HAProxy: apt-get install haproxy, or make test, which does"))
struct LoadBalancerTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    private func replica(_ arguments: [String] = []) throws -> ServerProcess {
        try ServerProcess(model: model, arguments, environment: try Deployment.localReplica)
    }

    @Test("Replicas end and come back under load without a failed request")
    func rollingRestart() throws {
        let arguments = ["--drain-delay", "1500ms"]
        let replicas = Mutex(try (0..<2).map { _ in try replica(arguments) })
        let balancer = try Balancer(replicas.withLock { $0.map(\.port) })
        defer { balancer.process.end() }
        let photos = try replicas.withLock { try PhotoLoad.photos(askedOf: $0[0]) }
        let load = PhotoLoad(port: balancer.port, photos: photos)
        try load.run(clients: 4) {
            for number in [1, 2] {
                try load.awaitAnswers(20)
                let old = replicas.withLock { $0[number - 1] }
                let before = balancer.lines
                old.process.send(SIGTERM)
                try balancer.awaitState(number, "DOWN", after: before)
                guard try old.process.wait() == .status(0) else { throw Unexpected("a replica did not end cleanly") }
                // The other one carries all.
                try load.awaitAnswers(20)
                let new = try replica(arguments + ["--port", "\(old.port)"])
                replicas.withLock { $0[number - 1] = new }
                try balancer.awaitUp(number)
            }
            try load.awaitAnswers(20)
        }
        #expect(load.failures.isEmpty, "\(load.summary): \(load.failures.prefix(3))")
    }

    /// How long a replica lives before it is killed.
    private static let life = Duration.milliseconds(1200)

    @Test("Replicas that are killed under load take no request along")
    func death() throws {
        let replicas = Mutex(try (0..<2).map { _ in try replica() })
        let balancer = try Balancer(replicas.withLock { $0.map(\.port) })
        defer { balancer.process.end() }
        let photos = try replicas.withLock { try PhotoLoad.photos(askedOf: $0[0]) }
        let load = PhotoLoad(port: balancer.port, photos: photos)
        let kills = Proof.count("MULTIBOX_KILLS", short: 5, long: 30)
        try load.run(clients: 8) {
            for kill in 0..<kills {
                let next = ContinuousClock.now + Self.life
                let victim = replicas.withLock { $0[kill % 2] }
                // A replica that gets no requests loses none.
                while try victim.metric("multibox_batch_size_sum") ?? 0 < 3, ContinuousClock.now < next + .seconds(60) {
                    usleep(10_000)
                }
                while ContinuousClock.now < next { usleep(10_000) }
                victim.process.send(SIGKILL)
                _ = try victim.process.wait()
                let new = try replica(["--port", "\(victim.port)"])
                replicas.withLock { $0[kill % 2] = new }
                // One of the two is there at any time: else there is nobody to ask.
                try balancer.awaitUp(kill % 2 + 1)
            }
            try load.awaitAnswers(40)
        }
        print("replicas killed \(kills) times: \(load.summary)")
        #expect(load.failures.isEmpty, "\(load.summary): \(load.failures.prefix(3))")
    }

    @Test("Replicas that pause are waited for")
    func pauses() throws {
        let replicas = try (0..<2).map { _ in try replica() }
        defer { for replica in replicas { replica.process.end() } }
        let balancer = try Balancer(replicas.map(\.port))
        defer { balancer.process.end() }
        let load = PhotoLoad(port: balancer.port, photos: try PhotoLoad.photos(askedOf: replicas[0]))
        let pauses = Proof.isWanted ? 4 : 1
        try load.run(clients: 4) {
            for _ in 0..<pauses {
                try load.awaitAnswers(20)
                for replica in replicas { replica.process.send(SIGSTOP) }
                usleep(1_400_000)
                for replica in replicas { replica.process.send(SIGCONT) }
            }
            try load.awaitAnswers(20)
        }
        print("replicas paused \(pauses) times: \(load.summary)")
        #expect(load.failures.isEmpty, "\(load.summary): \(load.failures.prefix(3))")
        #expect(!balancer.process.output.allLines.contains { $0.contains(" is DOWN") })
    }

    /// What a slow client sends at once, before it sends a byte a second.
    private static let slowStarts = [
        "GET /detect HTTP/1.1\r\nHost: h\r\nX-Slow: ",
        "POST /detect HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n",
    ]

    @Test("160 clients that send a byte a second are not noticed", arguments: slowStarts)
    func slowClients(start: String) throws {
        let replicas = try (0..<2).map { _ in try replica() }
        defer { for replica in replicas { replica.process.end() } }
        let balancer = try Balancer(replicas.map(\.port))
        defer { balancer.process.end() }
        let load = PhotoLoad(port: balancer.port, photos: try PhotoLoad.photos(askedOf: replicas[0]))
        let slow = try (0..<160).map { _ in
            let connection = try RawClient(port: balancer.port)
            try connection.send(start)
            return connection
        }
        let seconds = Proof.isWanted ? 65 : 2
        try load.run(clients: 4) {
            for _ in 0..<seconds {
                try load.awaitAnswers(5)
                // HAProxy may have had enough of it.
                for client in slow { try? client.send("x") }
                usleep(1_000_000)
            }
        }
        print("beside 160 slow clients: \(load.summary)")
        #expect(load.failures.isEmpty, "\(load.summary): \(load.failures.prefix(3))")
    }

    @Test("A replica learns who its client is, from the balancer and not from the client")
    func addresses() throws {
        let arguments = ["--max-connections-per-client", "1", "--log-format", "json"]
        let replicas = try (0..<2).map { _ in try replica(arguments) }
        defer { for replica in replicas { replica.process.end() } }
        let balancer = try Balancer(replicas.map(\.port))
        defer { balancer.process.end() }
        // More at once than one client may have: the balancer is not a client.
        let probe = ["X-Forwarded-For: 203.0.113.9"]
        let clients = try (0..<8).map { _ in try RawClient(port: balancer.port, from: "127.0.0.7") }
        for client in clients { try client.request("GET", "/model", headers: probe) }
        for client in clients { #expect(try client.reply().status == 200) }
        let lines = replicas.flatMap { $0.process.output.allLines }.filter { $0.contains("/model") }
        #expect(lines.count == 8)
        #expect(lines.allSatisfy { $0.contains("127.0.0.7") && !$0.contains("203.0.113.9") }, "\(lines)")
    }
}
