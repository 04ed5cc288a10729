import TestSupport
import Foundation
import Testing

/// HTTP/1.1 on the wire: lengths, chunks, expectations, connections.
@Suite(.endToEnd)
struct FramingTests {
    private let folder: TemporaryFolder
    private let server: ServerProcess
    private let photo = ColorPhoto(cells: [1: .red, 14: .blue])

    init() throws {
        folder = try TemporaryFolder()
        server = try ServerProcess(model: folder.writeModel())
    }

    @Test("A body in chunks")
    func chunked() throws {
        let connection = try server.connect()
        try connection.request(headers: ["Transfer-Encoding: chunked"])
        let body = try photo.jpeg
        var rest = body[...]
        for size in [1, 2, 100] + Array(repeating: 333, count: body.count) where !rest.isEmpty {
            let chunk = rest.prefix(size)
            rest = rest.dropFirst(size)
            try connection.send(Array((String(chunk.count, radix: 16) + ";x=y\r\n").utf8) + chunk + [13, 10])
        }
        try connection.send("0\r\nX-Trailer: yes\r\n\r\n")
        expect(try connection.reply().detections, are: photo.objects)
        // The connection goes on.
        try connection.request("GET", "/livez")
        #expect(try connection.reply().status == 200)
    }

    @Test("A request that comes byte by byte")
    func byteByByte() throws {
        let connection = try server.connect()
        let body = try photo.png
        let head = "POST /detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n"
        for byte in head.utf8 { try connection.send([byte]) }
        for byte in body { try connection.send([byte]) }
        expect(try connection.reply().detections, are: photo.objects)
    }

    @Test("Requests one after another without waiting are answered in their order")
    func pipelined() throws {
        let connection = try server.connect()
        let photos = (0..<6).map { ColorPhoto.numbered($0) }
        for photo in photos {
            try connection.request(body: photo.png)
            try connection.request("GET", "/livez")
        }
        for photo in photos {
            expect(try connection.reply().detections, are: photo.objects)
            #expect(try connection.reply().text == "ok\n")
        }
    }

    @Test("A client that expects 100 is told to go on")
    func expectation() throws {
        let connection = try server.connect()
        let body = try photo.jpeg
        try connection.request(headers: ["Content-Length: \(body.count)", "Expect: 100-continue"])
        #expect(try connection.reply().status == 100)
        try connection.send(body)
        expect(try connection.reply().detections, are: photo.objects)
    }

    @Test("A body over the limit is refused before it is sent", arguments: [true, false])
    func tooLarge(expects: Bool) throws {
        let connection = try server.connect()
        try connection.request(
            headers: ["Content-Length: 20971521"] + (expects ? ["Expect: 100-continue"] : []))
        let reply = try connection.reply()
        #expect(reply.status == 413)
        #expect(reply.problem != nil)
        #expect(reply.headers["connection"]?.lowercased() == "close")
    }

    @Test("A body in chunks over the limit is refused when it gets there")
    func tooLargeInChunks() throws {
        let small = try ServerProcess(model: folder.writeModel(), ["--max-body-bytes", "4096"])
        defer { small.process.end() }
        let connection = try small.connect()
        try connection.request(headers: ["Transfer-Encoding: chunked"])
        try connection.send("1000\r\n" + String(repeating: "x", count: 4096) + "\r\n1\r\n")
        #expect(try connection.reply().status == 413)
    }

    @Test("An unknown expectation is 417")
    func unknownExpectation() throws {
        #expect(try server.ask(headers: ["Expect: miracles"], body: photo.png).status == 417)
    }

    @Test("HEAD is GET without its content, OPTIONS names the methods")
    func headAndOptions() throws {
        let connection = try server.connect()
        try connection.request("HEAD", "/livez")
        let head = try connection.reply(toHEAD: true)
        #expect(head.status == 200)
        #expect(head.headers["content-length"] == "3")
        try connection.request("OPTIONS", "/detect")
        let options = try connection.reply()
        #expect((200...204).contains(options.status))
        #expect(options.headers["allow"]?.contains("POST") == true)
    }

    @Test("The connection ends when the client says so, and with HTTP/1.0")
    func closing() throws {
        let connection = try server.connect()
        try connection.request("GET", "/livez", headers: ["Connection: close"])
        #expect(try connection.reply().headers["connection"]?.lowercased() == "close")
        #expect(try connection.isAtEnd())
        let old = try server.connect()
        try old.send("GET /livez HTTP/1.0\r\n\r\n")
        #expect(try old.reply().status == 200)
        #expect(try old.isAtEnd())
    }

    @Test("Clients that go in the middle of a request, or before its answer, leave nothing behind")
    func goneClients() throws {
        let body = try photo.jpeg
        for index in 0..<24 {
            let connection = try server.connect()
            try connection.send(
                Array("POST /detect HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
                    + body.prefix(index % 3 == 0 ? body.count : index * body.count / 24))
            if index % 2 == 0 { connection.resetOnClose() }
        }
        expect(try server.ask(body: body).detections, are: photo.objects)
        // Their ends arrive when they do; each look takes a round trip.
        var left: (connections: Double?, requests: Double?) = (nil, nil)
        for _ in 0..<2000 {
            left = (try server.metric("multibox_connections"), try server.metric("multibox_requests_in_flight"))
            if left == (1, 1) { break }
        }
        // The look itself.
        #expect(left.connections == 1)
        #expect(left.requests == 1)
        #expect(try server.metric("multibox_queue_depth") == 0)
        #expect(try server.metric("multibox_queue_bytes") == 0)
    }
}
