import EchoServer
import Dispatch
import HTTP
import TestSupport
import Testing
import Transport

struct DrainTests {
    /// Runs what blocks where it does not take the thread that the drain needs.
    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    @Test func anAnnouncedDrainEndsConnectionsWithTheirNextAnswer() throws {
        let echo = try EchoServer()
        let client = try echo.client()
        try client.send("GET /brief/1 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().headers["connection"] == nil)
        echo.server.announceDrain()
        try client.send("GET /brief/2 HTTP/1.1\r\nHost: h\r\n\r\n")
        let last = try client.reply()
        #expect(last.text == "GET /brief/2 " && last.headers["connection"] == "close")
        #expect(try client.isAtEnd())
        // New connections are still welcome.
        let other = try echo.client()
        try other.send("GET /brief/3 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try other.reply().headers["connection"] == "close")
    }

    @Test func nobodyIsAcceptedAfterwards() throws {
        let echo = try EchoServer()
        let client = try echo.client()
        echo.server.stopAccepting()
        #expect(throws: RawClient.Failure.self) { try echo.client() }
        try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().text == "GET /brief/x ")
    }

    @Test func drainAnswersWhatIsInFlightAndClosesWhatIsIdle() async throws {
        let echo = try EchoServer()
        let (busy, idle) = (try echo.client(), try echo.client())
        for client in [idle, busy] {
            try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        try busy.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        let held = echo.nextHeld()
        async let drained = echo.server.drain(timeout: .seconds(20))
        try await onThread {
            #expect(try idle.isAtEnd())
            held.responder.respond(Response(text: "done"))
            let reply = try busy.reply()
            #expect(reply.text == "done" && reply.headers["connection"] == "close")
            #expect(try busy.isAtEnd())
            // The server waits for our side.
            busy.endOutput()
        }
        #expect(await drained)
        #expect(echo.server.connections == 0)
    }

    @Test func drainCutsOffWhatDoesNotEnd() async throws {
        let echo = try EchoServer()
        let client = try echo.client()
        try client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        let held = echo.nextHeld()
        #expect(await echo.server.drain(timeout: .milliseconds(20)) == false)
        #expect(held.responder.isCancelled)
        #expect(echo.server.connections == 0)
        #expect(try client.isAtEnd())
    }

    @Test func aServerWithoutConnectionsIsDrainedAtOnce() async throws {
        let echo = try EchoServer()
        #expect(await echo.server.drain(timeout: .seconds(20)))
        #expect(await echo.server.drain(timeout: .zero))
    }

    @Test func aReleasedServerClosesItsConnections() throws {
        let client: RawClient
        let watcher: EchoWatcher
        do {
            let echo = try EchoServer()
            watcher = echo.watcher
            client = try echo.client()
            try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        #expect(watcher.awaitClosing())
        #expect(try client.isAtEnd())
    }
}
