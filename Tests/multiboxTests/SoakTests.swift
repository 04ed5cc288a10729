import Foundation
import TestSupport
import Testing

/// A minute under full load, on demand: `MULTIBOX_SOAK=1 swift test -c release --skip-build --filter SoakTests`.
@Suite(
    .endToEnd,
    .enabled(
        if: ProcessInfo.processInfo.environment["MULTIBOX_SOAK"] == "1" && RealModel.isThere,
        "takes a minute: set MULTIBOX_SOAK=1, with the files of ../shared there"))
struct SoakTests {
    @Test("32 connections for a minute: no error, no wrong answer, no growth")
    func minute() throws {
        let server = try ServerProcess(model: RealModel.path)
        let port = server.port
        let bodies = try RealModel.photos(50).map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
        let expected = try bodies.map { try server.ask(body: $0).detections }
        let start = ContinuousClock.now
        let end = start + .seconds(60)
        let results = try onThreads(33) { client -> (requests: Int, wrong: Int, memory: [Int]) in
            if client == 32 {
                var memory: [Int] = []
                while ContinuousClock.now < end {
                    Thread.sleep(forTimeInterval: 1)
                    memory.append(try server.residentBytes)
                }
                return (0, 0, memory)
            }
            let connection = try RawConnection(port: port)
            var (requests, wrong) = (0, 0)
            while ContinuousClock.now < end {
                let number = (client * 11 + requests) % bodies.count
                try connection.request(body: bodies[number])
                let reply = try connection.reply()
                requests += 1
                if reply.status != 200 { wrong += 1 } else if try reply.detections != expected[number] { wrong += 1 }
            }
            return (requests, wrong, [])
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        let requests = results.reduce(0) { $0 + $1.requests }
        let memory = try #require(results.last?.memory)
        // Tops of neighbouring samples: a sample may fall between two photos.
        let early = try #require(memory[8..<13].max())
        let late = try #require(memory.suffix(5).max())
        print(
            "soak: \(requests) requests, \(Int(Double(requests) / seconds)) a second;",
            "resident \(early >> 10) KiB after 10 s, \(late >> 10) KiB at the end")
        #expect(results.allSatisfy { $0.wrong == 0 })
        #expect(requests > 0)
        #expect(Double(late) < Double(early) * 1.03)
    }
}
