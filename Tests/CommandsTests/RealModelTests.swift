import Foundation
import TestSupport
import Testing

/// The published detector on photographs.
@Suite(.endToEnd, .enabled(if: RealModel.isThere, Comment(rawValue: SharedFiles.absence)))
struct RealModelTests {
    @Test("The service finds what the command finds, one by one and many at once")
    func serviceAndCommand() throws {
        let photos = try RealModel.photos(12)
        let run = try CommandRun(["detect", "--model", RealModel.path, "--format", "jsonl"] + photos)
        #expect(run.exit == .status(0), "\(run.errors)")
        let expected = try run.lines.map { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try Found.list(entry?["detections"])
        }
        try #require(expected.count == photos.count)
        #expect(expected.joined().count > photos.count / 2)
        let server = try ServerProcess(model: RealModel.path)
        let port = server.port
        let bodies = try photos.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
        for (body, expected) in zip(bodies, expected) {
            #expect(try server.ask(body: body).detections == expected)
        }
        let wrong = try onThreads(32) { client -> Int in
            let connection = try RawClient(port: port)
            var wrong = 0
            for round in 0..<4 {
                let number = (client + round * 5) % bodies.count
                try connection.request(body: bodies[number])
                let reply = try connection.reply()
                if reply.status != 200 { wrong += 1 } else if try reply.detections != expected[number] { wrong += 1 }
            }
            return wrong
        }
        #expect(wrong.allSatisfy { $0 == 0 })
        server.process.send(SIGTERM)
        #expect(try server.process.wait() == .status(0))
    }

    @Test("The model's own card and benchmark")
    func card() throws {
        let info = try CommandRun(["models", "info", RealModel.path])
        #expect(info.text.contains("300×300") && info.text.contains("person") && info.text.contains("int8"))
        let run = try CommandRun(["benchmark", "--model", RealModel.path, "--duration", "100ms", "--json"])
        #expect(try run.object["precision"] as? String == "int8")
    }
}
