import TestSupport
import Foundation
import Testing

/// The end of the service: announced, without a lost request.
@Suite(.endToEnd)
struct DrainTests {
    private let folder: TemporaryFolder
    private let model: String
    private let photo = ColorPhoto(cells: [11: .green])

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    @Test("After SIGTERM requests that have begun are answered and the exit status is 0", arguments: [SIGTERM, SIGINT])
    func inFlight(signal: CInt) throws {
        let server = try ServerProcess(model: model)
        let idle = try server.connect()
        try idle.request("GET", "/livez")
        #expect(try idle.reply().status == 200)
        let connection = try server.connect()
        let body = try photo.jpeg
        try connection.request(headers: ["Content-Length: \(body.count)", "Expect: 100-continue"])
        #expect(try connection.reply().status == 100)
        try connection.send(Array(body.prefix(100)))
        server.process.send(signal)
        try server.event("draining")
        // Without a delay an idle connection ends at once.
        #expect(try idle.isAtEnd())
        try connection.send(Array(body.dropFirst(100)))
        let reply = try connection.reply()
        #expect(reply.status == 200)
        expect(try reply.detections, are: photo.objects)
        #expect(reply.headers["connection"]?.lowercased() == "close")
        #expect(try server.process.wait() == .status(0))
        try server.event("ended")
        #expect(try server.process.errors.allBytes().isEmpty)
    }

    @Test("During the delay the service is not ready, and serves")
    func delay() throws {
        let server = try ServerProcess(model: model, ["--drain-delay", "30s"])
        server.process.send(SIGTERM)
        try server.event("draining")
        let ready = try server.get("/readyz")
        #expect(ready.status == 503)
        #expect(ready.headers["retry-after"] != nil)
        #expect(try server.get("/livez").status == 200)
        let reply = try server.ask(body: photo.png)
        #expect(reply.status == 200)
        #expect(reply.headers["connection"]?.lowercased() == "close")
        // The second signal does not wait for the delay.
        server.process.send(SIGTERM)
        #expect(try server.process.wait() == .status(1))
    }

    @Test("A request that does not end is cut off by the timeout")
    func timeout() throws {
        let server = try ServerProcess(model: model, ["--drain-timeout", "50ms"])
        let connection = try server.connect()
        try connection.request(headers: ["Content-Length: 1000", "Expect: 100-continue"])
        #expect(try connection.reply().status == 100)
        server.process.send(SIGTERM)
        #expect(try server.process.wait() == .status(0))
        try server.event("ended with requests cut off by the drain timeout")
    }
}
