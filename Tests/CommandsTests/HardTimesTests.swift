import TestSupport
import Foundation
import Testing

/// What the machine or clients take away from the service, which goes on and says so.
@Suite(.endToEnd)
struct HardTimesTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    @Test("Without descriptors it says so, serves who is in, and recovers")
    func descriptors() throws {
        let server = try ServerProcess(model: model, openFiles: 64)
        do {
            let crowd = try (0..<150).map { _ in try server.connect() }
            #expect(try server.event("a connection cannot be accepted")["reason"]?.hasPrefix("accept failed") == true)
            try crowd[0].request("GET", "/livez")
            #expect(try crowd[0].reply().status == 200)
        }
        #expect(try server.get("/livez").status == 200)
        #expect(try server.metric("multibox_accept_failures_total") ?? 0 >= 1)
        try expectNobodyElse(server)
        // Tries ten times a second have not become ten lines a second.
        let lines = server.process.output.allLines.count { $0.contains("a connection cannot be accepted") }
        #expect(lines <= 3)
    }

    @Test("A client may go at every byte of a request", arguments: [false, true])
    func vanishing(resets: Bool) throws {
        let server = try ServerProcess(model: model, ["--max-connections-per-client", "0", "--log-format", "json"])
        let body = try ColorPhoto(cells: [3: .red]).png
        let head = "POST /detect?threshold=0.5 HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n"
        let request = Array(head.utf8) + body
        for length in 0...request.count {
            let connection = try server.connect()
            if resets { connection.resetOnClose() }
            try connection.send(Array(request[..<length]))
        }
        try expectNobodyElse(server)
        // The look before this one is over a moment after its answer.
        try expect(server, "multibox_requests_in_flight", becomes: 1)
        #expect(try server.metric("multibox_queue_bytes") == 0)
        #expect(try server.ask(body: body).status == 200)
    }

    /// Waits until the only connection is that of who asks.
    private func expectNobodyElse(_ server: ServerProcess) throws {
        try expect(server, "multibox_connections", becomes: 1)
    }

    /// Looks until a metric has this value. One look is enough then: the next may meet what is left of the one before.
    private func expect(_ server: ServerProcess, _ name: String, becomes value: Double) throws {
        var found = try server.metric(name)
        while found != value, Date() < Patience.end {
            sched_yield()
            found = try server.metric(name)
        }
        #expect(found == value)
    }
}
