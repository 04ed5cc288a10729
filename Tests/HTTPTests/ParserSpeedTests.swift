import Foundation
import HTTP
import Testing

/// What a request costs. Measured on one core of a Xeon with AVX-512 (2 cores, shared):
/// `MULTIBOX_BENCHMARKS=1 swift test -c release --filter ParserSpeedTests` printed 1.0 µs for the parser and 2.1 µs for a whole
/// exchange (head, decision, delivery, answer, written) of curl's request.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["MULTIBOX_BENCHMARKS"] != nil, "set MULTIBOX_BENCHMARKS to measure"))
struct ParserSpeedTests {
    static let curl = Array(
        "GET /livez?x=1 HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n".utf8)

    /// The best of several rounds, in nanoseconds a call.
    private func nanoseconds(_ name: String, _ work: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<20 {
            let time = try ContinuousClock().measure { for _ in 0..<10_000 { try work() } }
            best = min(best, time / .nanoseconds(1) / 10_000)
        }
        print("\(name): \(Int(best)) ns")
        return best
    }

    @Test func parsing() throws {
        var parser = RequestParser()
        let time = try nanoseconds("parser, request of curl") {
            try ParserSpeedTests.curl.withUnsafeBytes { bytes in
                var input = bytes
                _ = try parser.parse(&input)
                try parser.acceptBody()
                _ = try parser.parse(&input)
            }
        }
        #expect(time < 20_000)
    }

    @Test func exchanging() {
        let now = Moment(nanoseconds: 0, unixSeconds: 1_700_000_000)
        var machine = ConnectionStateMachine(remoteAddress: "127.0.0.1", at: now)
        let response = Response(text: "ok\n")
        let time = nanoseconds("connection, request of curl") {
            var actions = machine.received(ParserSpeedTests.curl, at: now)
            while !actions.isEmpty {
                var following: [ConnectionAction] = []
                for action in actions {
                    switch action {
                    case .decide(_, let id): following += machine.decide(.accept(), for: id, at: now)
                    case .deliver(_, let id, _): following += machine.respond(response, to: id, at: now)
                    case .write(let bytes): following += machine.wrote(bytes.count, at: now)
                    case .cancel, .aborted, .shutdownWrite, .close: Issue.record("unexpected \(action)")
                    }
                }
                actions = following
            }
        }
        #expect(time < 50_000)
    }
}
