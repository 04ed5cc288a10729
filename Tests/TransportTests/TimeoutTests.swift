import EchoServer
import HTTP
import TestSupport
import Testing
import Transport

/// With limits of milliseconds; how long the server takes beyond them is not tested, but for the client's patience.
struct TimeoutTests {
    @Test func anIdleConnectionIsClosed() throws {
        let echo = try EchoServer { $0.connection.idleTimeout = .milliseconds(30) }
        let client = try echo.client()
        try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().status == 200)
        #expect(try client.isAtEnd())
        #expect(echo.watcher.awaitClosing())
    }

    @Test func aHeadThatIsTooSlowIs408() throws {
        let echo = try EchoServer { $0.connection.headerTimeout = .milliseconds(30) }
        let client = try echo.client()
        try client.send("GET /brief/x HTTP/1.1\r\nHo")
        #expect(try client.reply().status == 408)
        #expect(try client.isAtEnd())
    }

    @Test func contentThatIsTooSlowIs408() throws {
        let echo = try EchoServer {
            $0.connection.bodyTimeout = .milliseconds(30)
            $0.connection.minimumRate = 0
        }
        let client = try echo.client()
        try client.send("POST /brief/x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab")
        #expect(try client.reply().status == 408)
        #expect(try client.isAtEnd())
    }

    @Test func aClientThatDoesNotReadIsCutOff() throws {
        let echo = try EchoServer { $0.connection.writeTimeout = .milliseconds(30) }
        let client = try echo.client(receiveBuffer: 4096)
        try client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(echo.watcher.awaitClosing())
        withExtendedLifetime(client) {}
    }

    @Test func aRefusedClientThatNeverClosesIsCutOff() throws {
        let echo = try EchoServer { $0.connection.lingerTimeout = .milliseconds(30) }
        let client = try echo.client()
        try client.send("BAD\r\n\r\n")
        #expect(try client.reply().status == 400)
        #expect(echo.watcher.awaitClosing())
        withExtendedLifetime(client) {}
    }

    @Test func aRequestInHandKeepsItsConnection() throws {
        let echo = try EchoServer {
            $0.connection.idleTimeout = .milliseconds(10)
            $0.connection.headerTimeout = .milliseconds(10)
        }
        let (busy, idle) = (try echo.client(), try echo.client())
        try busy.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        let held = echo.nextHeld()
        // The idle one was accepted later: its end shows that the time has passed.
        #expect(try idle.isAtEnd())
        held.responder.respond(Response(text: "here"))
        #expect(try busy.reply().text == "here")
    }
}
