import Foundation
import TestSupport
import Testing

/// What `Tests/WorstCases` makes, against the real program. All of it runs with `MULTIBOX_PROOF=1`, else what is quick.
@Suite(
    .endToEnd, .enabled(if: Program.python != nil, "needs Python: apt-get install python3, or make test, which does"))
struct WorstCaseTests {
    /// What the program's memory is bounded to: far less than what some of the cases once took.
    private static let memory = 1 << 30
    /// What a picture may claim unless told otherwise; claims beyond are refused, and buy neither memory nor time.
    private static let maximumPixels = 50_000_000
    private static let probe = Array("GET /livez HTTP/1.1\r\nHost: worst\r\n\r\n".utf8)

    /// What a case took.
    private struct Cost {
        var name: String
        var status: Int
        var memory: Int
        var time: Duration

        var line: String {
            "\(name): \(status), \(memory >> 20) MiB, \(Int(time / .milliseconds(1))) ms"
        }
    }

    /// Peak memory for a request of so many bytes that claims so many pixels.
    private static func memoryLimit(bytes: Int, pixels: Int) -> Int {
        64 << 20 + 100 * bytes + 6 * min(pixels, maximumPixels)
    }

    /// The time for its answer.
    private static func timeLimit(pixels: Int) -> Duration {
        .seconds(1) + .nanoseconds(40 * min(pixels, maximumPixels))
    }

    @Test("Each is answered, in time and within its memory, and the service goes on")
    func everyCase() throws {
        let folder = try TemporaryFolder()
        let all = try WorstCase.corpus(in: folder)
        let cases = all.filter { $0.isQuick || Proof.isWanted }
        #expect(cases.count >= 500)
        let server = try ServerProcess(model: folder.writeModel())
        let group = MemoryGroup(bytes: Self.memory)
        defer {
            server.process.end()
            group?.remove()
        }
        if let group { #expect(group.add(server.process.identifier)) }
        var prober: RawClient?
        var connection: RawClient?
        var costs: [Cost] = []
        let start = ContinuousClock.now
        for worst in cases {
            let request = worst.bytes
            var problems: [String] = []
            // Whatever else the machine does is no fault of the service: of three tries the best counts.
            for attempt in 1...3 {
                let before = try server.residentBytes
                try server.forgetPeak()
                let current = try connection ?? RawClient(port: server.port)
                let start = ContinuousClock.now
                let answer = try? current.exchange(request)
                let time = start.duration(to: .now)
                connection = answer?.isKept == true ? current : nil
                let memory = try server.peakBytes - before
                guard let answer else {
                    problems = ["no answer"]
                    break
                }
                let cost = Cost(name: worst.name, status: answer.reply.status, memory: memory, time: time)
                problems = Self.problems(of: cost, worst, bytes: request.count, answer.reply)
                costs.append(cost)
                if problems.isEmpty || attempt == 3 { break }
            }
            // One that was idle for as long as a case may take has been closed.
            let asker = try prober ?? RawClient(port: server.port)
            let asked = ContinuousClock.now
            let probed = try? asker.exchange(Self.probe)
            prober = probed?.isKept == true && asked.duration(to: .now) < .seconds(1) ? asker : nil
            if probed?.reply.status != 200 { problems.append("/livez is not answered") }
            #expect(problems == [], "\(worst.name), \(request.count) bytes, \(worst.pixels) pixels")
            // Without the service there is nothing to learn from the others.
            guard !server.process.hasEnded else { throw Unexpected("\(worst.name) ended the program") }
        }
        let time = start.duration(to: .now)
        print("\(cases.count) of \(all.count) worst cases in \(Int(time / .seconds(1))) s, bounded: \(group != nil)")
        print("by memory:", costs.sorted { $0.memory > $1.memory }.prefix(5).map(\.line).joined(separator: "; "))
        print("by time:", costs.sorted { $0.time > $1.time }.prefix(5).map(\.line).joined(separator: "; "))
        #expect(try server.get("/readyz").status == 200)
        #expect(try server.metric("multibox_queue_bytes") == 0)
    }

    private static func problems(of cost: Cost, _ worst: WorstCase, bytes: Int, _ reply: Reply) -> [String] {
        var problems: [String] = []
        let isFailure = cost.status == 500 || cost.status == 503 || cost.status == 504
        if isFailure || !worst.statuses.isEmpty && !worst.statuses.contains(cost.status) {
            problems.append("answered \(cost.status), not \(worst.statuses): \(reply.text.prefix(1000))")
        }
        let memoryLimit = memoryLimit(bytes: bytes, pixels: worst.pixels)
        if cost.memory > memoryLimit {
            problems.append("takes \(cost.memory >> 20) MiB, more than \(memoryLimit >> 20)")
        }
        // What is not optimised says nothing about time.
        #if !DEBUG
            if cost.time > timeLimit(pixels: worst.pixels) {
                problems.append("takes \(cost.time), more than \(timeLimit(pixels: worst.pixels))")
            }
        #endif
        return problems
    }
}
