import Foundation
import HTTP
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
        for (number, client) in clients.enumerated() { try client.send("GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n") }
        for (number, client) in clients.enumerated() { #expect(try client.reply().text == "GET /\(number) ") }
        #expect(echo.server.connections == 300)
        // Two loops and Dispatch's own, and what tests beside this one start; nowhere near one a connection.
        #expect(before > 0 && threads < before + 60)
        withExtendedLifetime(clients) {}
    }

    @Test func aConnectionBeyondTheLimitIsTurnedAwayPolitely() throws {
        let echo = try EchoServer { $0.maximumConnections = 2 }
        var clients = try (0..<2).map { _ in try echo.client() }
        for client in clients {
            try client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        let third = try echo.client()
        let reply = try third.reply()
        #expect(reply.status == 503 && reply.headers["connection"] == "close" && reply.headers["retry-after"] == "1")
        #expect(try third.isAtEnd())
        #expect(echo.watcher.turnedAway.load(ordering: .relaxed) == 1)
        let refusal = echo.watcher.refusals.withLock { $0.first }
        #expect(refusal?.reason == .limit && refusal?.address == "127.0.0.1")
        clients.removeLast()
        #expect(echo.watcher.awaitClosing())
        let fourth = try echo.client()
        try fourth.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try fourth.reply().status == 200)
    }

    @Test func oneClientTakesNotAllTheRoom() throws {
        let echo = try EchoServer { $0.maximumConnectionsPerClient = 2 }
        var clients = try (0..<2).map { _ in try echo.client() }
        for client in clients {
            try client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        let third = try echo.client()
        #expect(try third.reply().status == 503)
        #expect(try third.isAtEnd())
        #expect(echo.watcher.refusals.withLock { $0.first?.reason } == .clientLimit)
        // Loopback is a network: another of its addresses is another client.
        let other = try TestClient(echo.endpoint, from: "127.0.0.2")
        try other.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try other.reply().text == "127.0.0.2")
        clients.removeLast()
        #expect(echo.watcher.awaitClosing())
        let fourth = try echo.client()
        try fourth.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try fourth.reply().status == 200)
        withExtendedLifetime((clients, other)) {}
    }

    @Test func aProxyMaySpeakForMany() throws {
        let echo = try EchoServer {
            $0.maximumConnectionsPerClient = 1
            $0.speaksForMany = { $0 == "127.0.0.1" }
        }
        let clients = try (0..<5).map { _ in try echo.client() }
        for client in clients {
            try client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        let first = try TestClient(echo.endpoint, from: "127.0.0.3")
        try first.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try first.reply().status == 200)
        #expect(try TestClient(echo.endpoint, from: "127.0.0.3").reply().status == 503)
        withExtendedLifetime(clients) {}
    }

    @Test func connectionsThatComeAndGoLeaveNothingBehind() throws {
        let echo = try EchoServer()
        for number in 0..<200 {
            let client = try echo.client()
            if number.isMultiple(of: 3) { client.resetOnClose() }
            if number.isMultiple(of: 2) {
                try client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try client.reply().status == 200)
            }
        }
        for _ in 0..<200 { #expect(echo.watcher.awaitClosing()) }
        #expect(echo.server.connections == 0)
    }
}
