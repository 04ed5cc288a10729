import Foundation
import TestSupport
import Testing

/// SIGHUP reads the model again.
@Suite(.endToEnd)
struct ReloadTests {
    private let folder: TemporaryFolder
    private let model: String
    private let server: ServerProcess
    private let photo = ColorPhoto(cells: [0: .blue, 10: .red])

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        server = try ServerProcess(model: model)
    }

    private func version() throws -> String {
        try #require(try server.get("/model").object["version"] as? String)
    }

    @Test("A broken file is reported and the old model serves on; a whole one takes its place")
    func reload() throws {
        let old = try version()
        try folder.write("colors.tflite", Array(ColorDetector.file().prefix(1000)))
        server.process.send(SIGHUP)
        let reason = try server.event("the new model cannot be used, the old one serves on")["reason"]
        #expect(reason?.isEmpty == false)
        #expect(try version() == old)
        #expect(try server.get("/readyz").status == 200)
        expect(try server.ask(body: photo.png).detections, are: photo.objects)

        _ = try folder.writeModel(prefix: "second/")
        let lines = server.process.output.allLines.count
        server.process.send(SIGHUP)
        try server.event("ready", after: lines)
        #expect(try version() != old)
        expect(try server.ask(body: photo.png).detections, are: photo.objects)
    }

    @Test("No request is lost while models change")
    func reloadUnderLoad() throws {
        let body = try photo.jpeg
        let expected = try server.ask(body: body).detections
        let (port, server) = (server.port, server)
        let wrong = try onThreads(5) { client -> Int in
            if client == 0 {
                for round in 0..<5 {
                    let lines = server.process.output.allLines.count
                    _ = try folder.writeModel(prefix: "\(round)/")
                    server.process.send(SIGHUP)
                    try server.event("ready", after: lines)
                }
                return 0
            }
            let connection = try RawClient(port: port)
            var wrong = 0
            for _ in 0..<100 {
                try connection.request(body: body)
                let reply = try connection.reply()
                if reply.status != 200 { wrong += 1 } else if try reply.detections != expected { wrong += 1 }
            }
            return wrong
        }
        #expect(wrong == [0, 0, 0, 0, 0])
    }
}
