import TestSupport
import Foundation
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
                let connection = try RawClient(port: port)
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
        let busy = try (0..<2).map { _ in try server.busyConnection() }
        let refused = try server.ask(body: ColorPhoto(cells: [:]).png)
        #expect(refused.status == 503)
        #expect(refused.problem == "too-many-connections")
        #expect(refused.headers["content-type"] == "application/problem+json")
        #expect(refused.headers["retry-after"] == "1")
        #expect(refused.headers["connection"] == "close")
        for path in ["/livez", "/readyz", "/metrics"] { #expect(try server.get(path).status == 200) }
        withExtendedLifetime(busy) {}
    }

    @Test("Connections that ask nothing give way to those that do")
    func silentConnections() throws {
        let server = try ServerProcess(model: folder.writeModel(), ["--max-connections", "4"])
        defer { server.process.end() }
        let silent = try (0..<50).map { _ in try server.connect() }
        // Each has a quarter of a second for its first byte.
        var status = 0
        while status != 200, Date() < Patience.end { status = try server.get("/model").status }
        #expect(status == 200)
        withExtendedLifetime(silent) {}
    }

    @Test("Probes have a listener of their own, without TLS and keys, and nothing else is there")
    func probeListener() throws {
        let keys = try folder.write("keys", Array("key-of-ten-letters\n".utf8))
        let server = try ServerProcess(
            listeningWith: [
                "--model", try folder.writeModel(), "--api-keys-file", keys, "--probe-listen", "127.0.0.1:0",
            ])
        defer { server.process.end() }
        let endpoint = try #require(try server.event("listening for probes")["endpoint"])
        let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
        try server.event("ready")
        func ask(_ path: String) throws -> Reply {
            let connection = try RawClient(port: port)
            try connection.request("GET", path)
            return try connection.reply()
        }
        for path in ["/livez", "/readyz", "/healthz", "/metrics"] { #expect(try ask(path).status == 200) }
        for path in ["/model", "/detect", "/other"] { #expect(try ask(path).status == 404) }
    }
}
