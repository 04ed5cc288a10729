import Images
import Testing

/// More work than the service may queue is turned away at once.
@Suite(.endToEnd)
struct OverloadTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A full queue is 429 with a time to come back, and what was taken is served")
    func fullQueue() throws {
        let server = try ServerProcess(model: folder.writeModel(), ["--max-queue", "1", "--workers", "1"])
        // Decoding holds the one place in the queue for a while.
        let photo = try ColorPhoto(width: 1024, height: 1024, cells: [4: .green], grain: 20).jpeg
        let port = server.port
        let replies = try onThreads(6) { _ in
            try (0..<20).map { _ in
                let connection = try RawConnection(port: port)
                // A photo of this size may be refused while it is sent; the head is enough to know.
                try connection.request(headers: ["Content-Length: \(photo.count)", "Expect: 100-continue"])
                let first = try connection.reply()
                guard first.status == 100 else { return first }
                try connection.send(photo)
                return try connection.reply()
            }
        }.flatMap(\.self)
        #expect(Set(replies.map(\.status)) == [200, 429])
        for reply in replies where reply.status == 429 {
            #expect(reply.problem == "queue-full")
            #expect(reply.headers["retry-after"].flatMap { Int($0) } != nil)
        }
        let refused = Double(replies.count { $0.status == 429 })
        #expect(try server.metric("multibox_rejected_total{reason=\"queue_full\"}") == refused)
        #expect(try server.metric("multibox_queue_depth") == 0)
        let after = try server.ask(body: photo)
        #expect(after.status == 200)
    }

    @Test("A connection over the limit is answered 503")
    func connections() throws {
        let server = try ServerProcess(model: folder.writeModel(), ["--max-connections", "2"])
        defer { server.process.end() }
        // Connections of before may still be about to end.
        var kept: [RawConnection] = []
        for _ in 0..<10_000 where kept.count < 2 {
            let connection = try server.connect()
            try connection.request("GET", "/livez")
            if try connection.reply().status == 200 { kept.append(connection) }
        }
        try #require(kept.count == 2)
        let refused = try server.connect().reply()
        #expect(refused.status == 503)
        #expect(refused.problem == "too-many-connections")
        #expect(refused.headers["content-type"] == "application/problem+json")
        #expect(refused.headers["retry-after"] == "1")
        #expect(refused.headers["connection"] == "close")
        try kept[0].request("GET", "/livez")
        #expect(try kept[0].reply().status == 200)
    }
}
