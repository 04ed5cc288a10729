import EchoServer
import Dispatch
import HTTP
import TestSupport
import Testing
import Transport

struct ResponderTests {
    private static let request = "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test(arguments: Wire.available) func onlyTheFirstAnswerCounts(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send(Self.request)
        let held = echo.nextHeld()
        #expect(held.responder.respond(Response(text: "one")))
        #expect(!held.responder.respond(Response(text: "two")))
        #expect(try client.reply().text == "one")
        try client.send("GET /brief/next HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().text == "GET /brief/next ")
    }

    @Test(arguments: Wire.available) func aRequestThatNobodyAnswersIsA500(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /drop HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().status == 500)
    }

    @Test func theOwnerOfTheServerSaysHowAnUnansweredRequestIsAnswered() throws {
        let echo = try EchoServer {
            $0.connection.refusal = { error, request in
                let id = request.head?.headers["X-Request-Id"] ?? "none"
                return Response(status: error.status, text: "\(id) \(error.status)")
            }
        }
        let client = try echo.client()
        try client.send("GET /drop HTTP/1.1\r\nHost: h\r\nX-Request-Id: 7\r\n\r\n")
        #expect(try client.reply().text == "7 500 Internal Server Error")
        #expect(echo.watcher.refused.withLock { $0 } == [.unanswered])
        #expect(echo.watcher.outlines.withLock { $0.first?.path } == "/drop")
        // An answer that was given is the only one, though its responder is let go of as well.
        try client.send("GET /brief/a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().text == "GET /brief/a ")
        #expect(echo.watcher.refused.withLock { $0.count } == 1)
    }

    @Test(arguments: Wire.available) func aClientThatLeavesMidwayIsTold(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        do {
            let client = try echo.client()
            try client.send("POST /brief/photo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        }
        #expect(echo.watcher.awaitClosing())
        let aborted = echo.watcher.aborted.withLock { $0 }
        #expect(aborted.count == 1)
        #expect(aborted.first?.request.path == "/brief/photo" && aborted.first?.request.contentBytes == 3)
        #expect(aborted.first?.request.remoteAddress == "127.0.0.1")
    }

    @Test(arguments: Wire.available) func aClientThatVanishesCancelsItsRequest(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let cancelled = DispatchSemaphore(value: 0)
        let responder: Responder
        do {
            let client = try echo.client()
            try client.send(Self.request)
            responder = echo.nextHeld().responder
            responder.onCancel { cancelled.signal() }
            #expect(!responder.isCancelled)
            client.resetOnClose()
        }
        #expect(cancelled.wait(timeout: .now() + 20) == .success)
        #expect(responder.isCancelled)
        #expect(!responder.respond(Response(text: "to nobody")))
        responder.onCancel { cancelled.signal() }
        #expect(cancelled.wait(timeout: .now()) == .success)
        #expect(echo.watcher.awaitClosing())
    }

    @Test(arguments: Wire.available) func aClientThatClosesCancelsItsRequestWhereTheEndOfInputAbandons(wire: Wire)
        throws
    {
        let echo = try EchoServer(over: wire) { $0.connection.endOfInput = .abandon }
        let cancelled = DispatchSemaphore(value: 0)
        let responder: Responder
        do {
            let client = try echo.client()
            try client.send(Self.request)
            responder = echo.nextHeld().responder
            responder.onCancel { cancelled.signal() }
        }
        #expect(cancelled.wait(timeout: .now() + 20) == .success)
    }

    @Test(arguments: Wire.available) func answersMayComeFromManyThreads(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let clients = try (0..<8).map { _ in try echo.client() }
        for round in 0..<50 {
            for (number, client) in clients.enumerated() {
                try client.send("GET /hold/\(number).\(round) HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            let held = clients.map { _ in echo.nextHeld() }
            DispatchQueue.concurrentPerform(iterations: held.count) { index in
                held[index].responder.respond(Response(text: held[index].path))
            }
            for (number, client) in clients.enumerated() {
                #expect(try client.reply().text == "/hold/\(number).\(round)")
            }
        }
    }
}
