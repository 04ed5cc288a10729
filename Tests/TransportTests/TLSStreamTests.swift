import EchoServer
import Dispatch
import HTTP
import TestSupport
import Testing
import Transport

/// What is particular to an encrypted connection once it stands.
@Suite(.enabled(if: TestCertificates.isAvailable, "there is no openssl command"))
struct TLSStreamTests {
    private static let wires = [Wire.tls12, .tls13]

    @Test(arguments: wires) func theLastAnswerIsFollowedByAGoodbye(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(try client.reply().status == 200)
        #expect(try client.isAtEnd())
        #expect(client.tls?.gotGoodbye == true)
    }

    @Test(arguments: wires) func aRefusedClientIsToldGoodbyeToo(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("BAD\r\n\r\n")
        #expect(try client.reply().status == 400)
        #expect(try client.isAtEnd())
        #expect(client.tls?.gotGoodbye == true)
        client.endOutput()
        #expect(echo.watcher.awaitClosing())
    }

    /// Of a connection that was cut nobody knows whether the request was what the client meant.
    @Test(arguments: wires) func aCutConnectionCancelsItsRequest(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        let held = echo.nextHeld()
        let cancelled = DispatchSemaphore(value: 0)
        held.responder.onCancel { cancelled.signal() }
        client.cutOutput()
        #expect(cancelled.wait(timeout: .now() + 20) == .success)
        #expect(echo.watcher.awaitClosing())
        #expect(echo.watcher.handshakes.withLock { $0.isEmpty })
    }

    @Test(arguments: wires) func aCutAnswerDoesNotLookComplete(wire: Wire) throws {
        let echo = try EchoServer(over: wire) { $0.connection.writeTimeout = .milliseconds(30) }
        let client = try echo.client(receiveBuffer: 4096)
        try client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(echo.watcher.awaitClosing())
        #expect(throws: (any Error).self) { try client.reply() }
        #expect(client.tls?.gotGoodbye == false)
    }

    @Test(arguments: wires) func rubbishInsteadOfARecordEndsTheConnection(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().status == 200)
        try client.sendBelowTLS([0x17, 3, 3, 0, 20] + [UInt8](repeating: 9, count: 20))
        #expect(echo.watcher.awaitClosing())
    }

    /// Both directions at once, in pieces that do not fit the records.
    @Test(arguments: wires) func manyAnswersOfOddSizesArriveWhole(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client(receiveBuffer: 4096)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<40 {
            let bodies = (0..<4).map { _ in
                Array(EchoServer.largeBody.prefix(Int.random(in: 0...70_000, using: &generator)))
            }
            for body in bodies {
                try client.send(
                    Array("POST /brief/p HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
            }
            for body in bodies {
                let isWhole = try client.reply().body == Array("POST /brief/p ".utf8) + body
                #expect(isWhole)
            }
        }
    }

    @Test func manyClientsAtOnce() throws {
        let echo = try EchoServer(over: .tls13)
        let clients = try (0..<100).map { _ in try echo.client() }
        for (number, client) in clients.enumerated() {
            try client.send("GET /brief/\(number) HTTP/1.1\r\nHost: h\r\n\r\n")
        }
        for (number, client) in clients.enumerated() { #expect(try client.reply().text == "GET /brief/\(number) ") }
        #expect(echo.server.connections == 100)
        withExtendedLifetime(clients) {}
    }
}
