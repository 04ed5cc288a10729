import EchoServer
import Foundation
import HTTP
import TestSupport
import Testing
import Transport

struct ScaleTests {
    private var threads: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Threads:") }
        return line.flatMap { Int($0.dropFirst("Threads:".count).filter(\.isNumber)) } ?? 0
    }

    @Test func connectionsMakeNoThreads() throws {
        let echo = try EchoServer()
        let before = threads
        let clients = try (0..<300).map { _ in try echo.client() }
        for (number, client) in clients.enumerated() {
            try client.send("GET /brief/\(number) HTTP/1.1\r\nHost: h\r\n\r\n")
        }
        for (number, client) in clients.enumerated() { #expect(try client.reply().text == "GET /brief/\(number) ") }
        #expect(echo.server.connections == 300)
        // Two loops and Dispatch's own, and what tests beside this one start; nowhere near one a connection.
        #expect(before > 0 && threads < before + 60)
        withExtendedLifetime(clients) {}
    }

    /// Clients that each wait for an answer which the test gives.
    private func busyClients(_ count: Int, _ echo: EchoServer, from source: String? = nil) throws -> [Busy] {
        try (0..<count).map { _ in
            let client = try RawClient(echo.endpoint, from: source)
            try client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
            return Busy(client: client, held: echo.nextHeld().responder)
        }
    }

    /// A client that has got a seat for which another gives way. That one counts as idle a moment after its answer.
    private func admitted(_ echo: EchoServer) throws -> RawClient {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            let client = try echo.client()
            try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
            let status = try client.reply().status
            if status == 200 || ContinuousClock.now > end {
                #expect(status == 200)
                return client
            }
        }
    }

    private struct Busy {
        let client: RawClient
        let held: Responder
    }

    @Test func aConnectionBeyondTheLimitIsTurnedAwayPolitely() throws {
        let echo = try EchoServer { $0.maximumConnections = 2 }
        let busy = try busyClients(2, echo)
        // It reads only after it has sent a lot, as clients do: no reset may overtake the answer.
        let third = try echo.client()
        try third.send("POST /brief/x HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n")
        try third.send([UInt8](repeating: 0x78, count: 300_000))
        let reply = try third.reply()
        #expect(reply.status == 503 && reply.headers["connection"] == "close" && reply.headers["retry-after"] == "1")
        #expect(try third.isAtEnd())
        #expect(echo.watcher.turnedAway.load(ordering: .relaxed) == 1)
        let refusal = echo.watcher.refusals.withLock { $0.first }
        #expect(refusal?.reason == .limit && refusal?.address == "127.0.0.1")
        busy[0].held.respond(Response(text: "0"))
        #expect(try busy[0].client.reply().text == "0")
        // Now one of those is idle.
        let fourth = try admitted(echo)
        #expect(try busy[0].client.isAtEnd())
        busy[1].held.respond(Response(text: "1"))
        #expect(try busy[1].client.reply().text == "1")
        withExtendedLifetime(fourth) {}
    }

    @Test func aFullHouseAnswersProbes() throws {
        let echo = try EchoServer {
            $0.maximumConnections = 1
            $0.decideBeyondLimits = { head, _, refuse in
                if head.path == "/brief/probe" { return EchoServer.decide(head) }
                refuse()
                return .answer(Response(status: .serviceUnavailable))
            }
        }
        let busy = try busyClients(1, echo)
        for _ in 0..<3 {
            let probe = try echo.client()
            try probe.send("GET /brief/probe HTTP/1.1\r\nHost: h\r\n\r\n")
            let reply = try probe.reply()
            #expect(reply.status == 200 && reply.headers["connection"] == "close")
            #expect(try probe.isAtEnd())
        }
        withExtendedLifetime(busy) {}
    }

    @Test func silentConnectionsGiveWay() throws {
        let echo = try EchoServer { $0.maximumConnections = 8 }
        let silent = try (0..<8).map { _ in try echo.client() }
        // Beyond the moment that each has for its first byte, or on a probe's seat until then.
        var status = 0
        let end = ContinuousClock.now + .seconds(20)
        while status != 200, ContinuousClock.now < end {
            let client = try echo.client()
            try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
            status = try client.reply().status
        }
        #expect(status == 200)
        withExtendedLifetime(silent) {}
    }

    @Test func oneClientTakesNotAllTheRoom() throws {
        let echo = try EchoServer { $0.maximumConnectionsPerClient = 2 }
        let busy = try busyClients(2, echo)
        let third = try echo.client()
        try third.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try third.reply().status == 503)
        #expect(try third.isAtEnd())
        #expect(echo.watcher.refusals.withLock { $0.first?.reason } == .clientLimit)
        // Loopback is a network: another of its addresses is another client.
        let other = try RawClient(echo.endpoint, from: "127.0.0.2")
        try other.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try other.reply().text == "127.0.0.2")
        busy[0].held.respond(Response(text: "done"))
        #expect(try busy[0].client.reply().text == "done")
        // Its own idle connection gives way, nobody else's.
        let fourth = try admitted(echo)
        #expect(try busy[0].client.isAtEnd())
        try other.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try other.reply().text == "127.0.0.2")
        withExtendedLifetime(fourth) {}
    }

    @Test func aProxyMaySpeakForMany() throws {
        let echo = try EchoServer {
            $0.maximumConnectionsPerClient = 1
            $0.speaksForMany = { $0 == "127.0.0.1" }
        }
        let proxied = try busyClients(5, echo)
        let first = try busyClients(1, echo, from: "127.0.0.3")
        let second = try RawClient(echo.endpoint, from: "127.0.0.3")
        try second.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try second.reply().status == 503)
        withExtendedLifetime((proxied, first)) {}
    }

    @Test func connectionsThatComeAndGoLeaveNothingBehind() throws {
        let echo = try EchoServer()
        for number in 0..<200 {
            let client = try echo.client()
            if number.isMultiple(of: 3) { client.resetOnClose() }
            if number.isMultiple(of: 2) {
                try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try client.reply().status == 200)
            }
        }
        for _ in 0..<200 { #expect(echo.watcher.awaitClosing()) }
        #expect(echo.server.connections == 0)
    }
}
