import Foundation
import Synchronization
import TestSupport
import Testing

/// One of three models is another one every second, while 16 connections ask all three: for some seconds, and by `make proof` or
/// `MULTIBOX_RELOADS=60 swift test -c release --skip-build --filter ModelReloadTests` for as many reloads as it takes to see
/// memory grow.
@Suite(.endToEnd)
struct ModelReloadTests {
    private static let reloads = Proof.count("MULTIBOX_RELOADS", short: 4, long: 60)
    private static let clients = 16
    private static let names = ["one", "two", "three"]
    /// Between a client's requests: with room between them, a time for an answer is that of the service and not of a queue.
    private static let pause: UInt32 = 25_000
    /// Reloads after which memory has had the time to settle.
    private static let settled = 15

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The published detector, where there is a long time and it is there; else one that is made here.
    private var isReal: Bool {
        #if DEBUG
            // Without optimisation it takes many seconds to load.
            false
        #else
            Self.reloads >= 2 * Self.settled && RealModel.isThere
        #endif
    }

    /// Writes a model, which differs from the one before by its number.
    private func write(_ name: String, _ number: Int) throws {
        let path = "\(folder.path)/models/\(name).tflite"
        if isReal {
            // What stands behind a FlatBuffer is not read, and makes another file of it.
            let bytes = try Data(contentsOf: URL(fileURLWithPath: RealModel.path)) + Data("\(number)    ".utf8)
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        } else {
            let made = try folder.write("made.tflite", ColorDetector.file(prefix: "\(number)/"))
            guard rename(made, path) == 0 else { throw Unexpected("rename: \(errno)") }
        }
    }

    /// How long answers took, in milliseconds, by model.
    private struct Times {
        var all: [[Double]] = names.map { _ in [] }

        func quantile(_ share: Double, of model: Int) -> Double {
            let times = all[model].sorted()
            return times.isEmpty ? .infinity : times[min(times.count - 1, Int(Double(times.count) * share))]
        }

        /// Median and 99th percentile of each, for people.
        var summary: String {
            names.indices.map { model in
                let (half, most) = (quantile(0.5, of: model), quantile(0.99, of: model))
                return "\(names[model]) \(all[model].count) answers, p50 \(Self.text(half)) p99 \(Self.text(most)) ms"
            }.joined(separator: "; ")
        }

        private static func text(_ value: Double) -> String { String(format: "%.1f", value) }
    }

    /// Asks by all connections while something happens; what went wrong, and how long answers took.
    private func ask(
        _ server: ServerProcess, _ photo: [UInt8], _ expected: [Found],
        while events: @escaping @Sendable () throws -> Void
    ) throws -> (failures: [String], times: Times) {
        let isOver = Atomic(false)
        let times = Mutex(Times())
        let failures = Mutex<[String]>([])
        _ = try onThreads(Self.clients + 1) { client in
            guard client < Self.clients else {
                defer { isOver.store(true, ordering: .relaxed) }
                try events()
                return
            }
            let (model, connection) = (client % Self.names.count, try server.connect())
            while !isOver.load(ordering: .relaxed) {
                let start = ContinuousClock.now
                try connection.request("POST", "/detect?model=\(Self.names[model])", body: photo)
                let reply = try connection.reply()
                let time = start.duration(to: .now) / .milliseconds(1)
                times.withLock { $0.all[model].append(time) }
                if reply.status != 200 {
                    failures.withLock { $0.append("\(reply.status) \(reply.text)") }
                } else if try reply.detections != expected {
                    failures.withLock { $0.append("other detections: \(reply.text)") }
                }
                usleep(Self.pause)
            }
        }
        return (failures.withLock { $0 }, times.withLock { $0 })
    }

    @Test("No request fails, memory stays, and the others answer as before")
    func reloads() throws {
        try folder.write("models/labelmap.txt", isReal ? try realLabels() : ColorDetector.labels)
        for (number, name) in Self.names.enumerated() { try write(name, number) }
        let server = try ServerProcess(model: folder.path + "/models")
        let photo =
            isReal
            ? [UInt8](try Data(contentsOf: URL(fileURLWithPath: try RealModel.photos(1)[0])))
            : try ColorPhoto.numbered(40, grain: 30).jpeg
        let expected = try server.ask(body: photo).detections
        let reloads = Self.reloads
        let before = try ask(server, photo, expected) { sleep(UInt32(max(2, reloads / 3))) }
        let memory = Mutex<[Int]>([])
        let during = try ask(server, photo, expected) {
            for round in 0..<reloads {
                let (start, lines) = (ContinuousClock.now, server.process.output.allLines.count)
                try write("two", 10 + round)
                server.process.send(SIGHUP)
                let ready = try server.event("ready", after: lines)
                if ready["loaded"] != "1" { throw Unexpected("\(ready)") }
                let bytes = try server.residentBytes
                memory.withLock { $0.append(bytes) }
                let rest = 1 - start.duration(to: .now) / .seconds(1)
                if rest > 0 { usleep(UInt32(rest * 1e6)) }
            }
        }
        print("before: \(before.times.summary)\nduring \(reloads) reloads of two: \(during.times.summary)")
        #expect(before.failures == [] && during.failures == [])
        #expect(during.times.all.allSatisfy { $0.count > 10 })
        // Untouched: what they had counted goes on.
        for name in ["one", "three"] {
            #expect(try #require(try server.metric("multibox_inference_seconds_count{model=\"\(name)\"}")) > 10)
        }
        let samples = memory.withLock { $0 }
        guard samples.count >= 2 * Self.settled else {
            #expect(try #require(samples.last) < (try #require(samples.first)) + 64 << 20)
            return
        }
        // The middle of many: single ones differ by what is loaded at the moment.
        let early = samples[Self.settled..<(2 * Self.settled)].sorted()[Self.settled / 2]
        let late = samples.suffix(Self.settled).sorted()[Self.settled / 2]
        print("resident KiB: first \(samples[0] >> 10), early \(early >> 10), late \(late >> 10)")
        #expect(Double(late) < Double(early) * 1.05)
        for model in [0, 2] {
            let (quiet, busy) = (before.times.quantile(0.99, of: model), during.times.quantile(0.99, of: model))
            #expect(busy < quiet * 1.5 + 10, "\(Self.names[model]): p99 \(busy) ms, before \(quiet) ms")
        }
    }

    private func realLabels() throws -> String {
        let path = (RealModel.path as NSString).deletingLastPathComponent + "/labelmap.txt"
        return try String(contentsOfFile: path, encoding: .utf8)
    }
}
