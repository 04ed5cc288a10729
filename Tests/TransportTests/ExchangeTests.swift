import EchoServer
import HTTP
import TestSupport
import Testing
import Transport

/// Requests and answers over a real socket, in the clear and encrypted.
struct ExchangeTests {
    @Test(arguments: Wire.available) func aConnectionServesManyRequests(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        for number in 0..<3 {
            try client.send("GET /brief/\(number) HTTP/1.1\r\nHost: h\r\n\r\n")
            let reply = try client.reply()
            #expect(reply.status == 200 && reply.text == "GET /brief/\(number) ")
            #expect(reply.headers["connection"] == nil)
        }
        #expect(echo.watcher.opened.load(ordering: .relaxed) == 1)
    }

    @Test(arguments: Wire.available) func pipelinedRequestsAreAnsweredInOrderWhateverTheOrderOfTheAnswers(wire: Wire)
        throws
    {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send(
            "GET /hold/1 HTTP/1.1\r\nHost: h\r\n\r\nGET /hold/2 HTTP/1.1\r\nHost: h\r\n\r\nGET /brief/3 HTTP/1.1\r\nHost: h\r\n\r\n"
        )
        let first = echo.nextHeld()
        let second = echo.nextHeld()
        second.responder.respond(Response(text: "second"))
        first.responder.respond(Response(text: "first"))
        #expect(
            try [client.reply().text, client.reply().text, client.reply().text] == ["first", "second", "GET /brief/3 "])
    }

    @Test(arguments: Wire.available) func manyPipelinedRequestsInOneWrite(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        let count = 500
        try client.send((0..<count).map { "GET /brief/\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        for number in 0..<count { #expect(try client.reply().text == "GET /brief/\(number) ") }
    }

    @Test(arguments: Wire.available) func requestsArriveByteByByte(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        for byte in "POST /brief/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz".utf8 { try client.send([byte]) }
        #expect(try client.reply().text == "POST /brief/a xyz")
    }

    @Test(arguments: Wire.available) func chunkedContent(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("POST /brief/c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n")
        try client.send("5\r\npedia\r\n0\r\n\r\n")
        #expect(try client.reply().text == "POST /brief/c Wikipedia")
    }

    @Test(arguments: Wire.available) func contentOfManyReadsArrivesWhole(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        let body = EchoServer.largeBody.prefix(5_000_000)
        try client.send("POST /brief/l HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(Array(body))
        #expect(try client.reply().body == Array("POST /brief/l ".utf8) + body)
    }

    @Test(arguments: Wire.available) func aSlowReaderGetsALargeAnswerWhole(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client(receiveBuffer: 4096)
        try client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\nGET /brief/after HTTP/1.1\r\nHost: h\r\n\r\n")
        let reply = try client.reply()
        // Not compared with ==, which would print 8 MiB where it fails.
        let isWhole = reply.body == EchoServer.largeBody
        #expect(isWhole)
        #expect(try client.reply().text == "GET /brief/after ")
    }

    @Test(arguments: Wire.available) func continueIsSentToAClientThatWaitsForIt(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("PUT /brief/e HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.reply().status == 100)
        try client.send("ok")
        #expect(try client.reply().text == "PUT /brief/e ok")
    }

    @Test(arguments: Wire.available) func aHeadThatIsRefusedIsAnsweredBeforeTheContent(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("POST /closed HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        let reply = try client.reply()
        #expect(reply.status == 401 && reply.headers["connection"] == "close")
        #expect(try client.isAtEnd())
    }

    @Test(arguments: Wire.available) func headHasTheLengthAndNoContent(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("HEAD /brief/h HTTP/1.1\r\nHost: h\r\n\r\nGET /brief/g HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply(toHEAD: true).headers["content-length"] == "14")
        #expect(try client.reply().text == "GET /brief/g ")
    }

    @Test(arguments: Wire.available) func contentOverTheLimitIsRefusedUnread(wire: Wire) throws {
        let echo = try EchoServer(over: wire) { $0.connection.limits.body = 1000 }
        let client = try echo.client()
        try client.send("POST /brief/o HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n")
        #expect(try client.reply().status == 413)
        #expect(try client.isAtEnd())
        #expect(echo.watcher.refused.withLock { $0 } == [.bodyTooLarge(limit: 1000)])
    }

    /// The client sends it all the same: closing at once would reset the connection and lose the answer.
    @Test(arguments: Wire.available) func aRefusalReachesAClientThatIsStillSending(wire: Wire) throws {
        let echo = try EchoServer(over: wire) { $0.connection.limits.body = 1000 }
        let client = try echo.client()
        try client.send("POST /brief/o HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n")
        try client.send([UInt8](repeating: 7, count: 4_000_000))
        #expect(try client.reply().status == 413)
    }

    @Test(arguments: Wire.available) func malformedRequestsAreRefusedAndCounted(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("BAD\r\n\r\n")
        #expect(try client.reply().status == 400)
        #expect(try client.isAtEnd())
        #expect(echo.watcher.refused.withLock { $0.count } == 1)
    }

    @Test(arguments: Wire.available) func aClientThatHasEndedItsSideIsAnswered(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
        client.endOutput()
        echo.nextHeld().responder.respond(Response(text: "late"))
        #expect(try client.reply().text == "late")
        #expect(try client.isAtEnd())
        #expect(echo.watcher.awaitClosing())
    }

    @Test(arguments: Wire.available) func closeIsHonoured(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(try client.reply().headers["connection"] == "close")
        #expect(try client.isAtEnd())
    }

    @Test(arguments: Wire.available) func theClientsAddressIsTold(wire: Wire) throws {
        let echo = try EchoServer(over: wire)
        let client = try echo.client()
        try client.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().text == "127.0.0.1")
    }

    /// Clients that ask for much and take nothing hold no more together than they may.
    @Test func answersBeyondWhatAllConnectionsMayHoldAre503() throws {
        let echo = try EchoServer { $0.maximumHeldBytes = 20 << 20 }
        let request = "GET /large HTTP/1.1\r\nHost: h\r\n\r\n"
        // 8 MiB each, of which the system's buffers take a part.
        var slow: [RawClient] = []
        while echo.watcher.refused.withLock({ $0.isEmpty }), slow.count < 20 {
            let client = try echo.client(receiveBuffer: 4096)
            try client.send(request)
            slow.append(client)
            // Its answer is on the way when another connection of the same loop has been answered.
            for _ in 0..<2 {
                let probe = try echo.client()
                try probe.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try probe.reply().status == 200)
            }
        }
        #expect((3...19).contains(slow.count))
        #expect(echo.watcher.refused.withLock { $0 } == [.memoryFull(limit: 20 << 20)])
        // They had their answers, the last one a refusal, after which its connection goes on.
        let refused = slow.removeLast()
        #expect(try refused.reply().status == 503)
        for client in slow { #expect(try client.reply().body == EchoServer.largeBody) }
        try refused.send(request)
        #expect(try refused.reply().body == EchoServer.largeBody)
    }

    @Test func contentBeyondWhatAllConnectionsMayHoldIs503() throws {
        let echo = try EchoServer { $0.maximumHeldBytes = 1 << 20 }
        // Were the bytes of a refused request not given back, the last client would be refused.
        for _ in 0..<3 {
            let client = try echo.client()
            try client.send("POST /brief/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n")
            try client.send([UInt8](repeating: 0, count: 1_900_000))
            #expect(try client.reply().status == 503)
            #expect(try client.isAtEnd())
        }
        let client = try echo.client()
        try client.send("POST /brief/x HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n")
        try client.send([UInt8](repeating: 0, count: 900_000))
        #expect(try client.reply().status == 200)
    }
}
