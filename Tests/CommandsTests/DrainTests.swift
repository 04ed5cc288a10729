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

    @Test("While files are read from what says nothing, a signal ends it", arguments: [SIGTERM, SIGINT])
    func beforeTheServer(signal: CInt) throws {
        let pipe = folder.path + "/keys"
        try #require(mkfifo(pipe, 0o600) == 0)
        let process = try ChildProcess(
            try Program.multibox,
            ["serve", "--model", model, "--api-keys-file", pipe, "--unix-socket", folder.path + "/s"])
        defer { process.end() }
        // A pipe without a reader cannot be opened so.
        var writer: CInt = -1
        let deadline = ContinuousClock.now + .seconds(30)
        while writer < 0, ContinuousClock.now < deadline {
            writer = open(pipe, O_WRONLY | O_NONBLOCK)
            if writer < 0 { usleep(1000) }
        }
        try #require(writer >= 0)
        defer { close(writer) }
        process.send(SIGHUP)
        process.send(signal)
        #expect(try process.wait() == .status(0))
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
