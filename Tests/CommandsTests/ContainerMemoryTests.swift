import Foundation
import Images
import Synchronization
import TestSupport
import Testing

/// SECURITY.md's recipe for a container of 1 GiB, with everything at its limit at once.
@Suite(
    .endToEnd, .enabled(if: Program.python != nil, "needs Python: apt-get install python3, or make test, which does"))
struct ContainerMemoryTests {
    private static let limit = 1 << 30
    /// As in SECURITY.md and in Deploy.
    private static let recipe = [
        "max-connections": "256", "max-held-bytes": "67108864", "max-queued-bytes": "134217728",
        "max-pixels": "12500000", "workers": "2", "max-model-memory": "188743680",
    ]
    /// How long the crowd goes on.
    private static let duration = Duration.seconds(Proof.isWanted ? 60 : 5)

    /// What a crowd has seen.
    private struct Tally: Sendable {
        var statuses: [Int: Int] = [:]
        var closed = 0
    }

    private final class Crowd: Sendable {
        let port: UInt16
        let tally = Mutex(Tally())
        let end = ContinuousClock.now + ContainerMemoryTests.duration

        init(port: UInt16) { self.port = port }

        var isOver: Bool { end <= .now }

        func count(_ status: Int?) {
            tally.withLock { tally in
                if let status { tally.statuses[status, default: 0] += 1 } else { tally.closed += 1 }
            }
        }

        /// Sends requests one after another, each as soon as the last is answered.
        func ask(_ requests: [[UInt8]], from first: Int) {
            var number = first
            var connection: RawClient?
            while !isOver {
                guard let current = connection ?? (try? RawClient(port: port)) else { continue }
                let answer = try? current.exchange(requests[number % requests.count])
                count(answer?.reply.status)
                connection = answer?.isKept == true ? current : nil
                number += 1
            }
        }
    }

    /// A photo as hard to compress as it can be: its drawn picture is as large as its pixels.
    private static func noise(width: Int, height: Int) throws -> [UInt8] {
        var state: UInt32 = 1
        let row = (0..<width * 3).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let pixels = (0..<height).flatMap { row[($0 * 7919 % row.count)...] + row[..<($0 * 7919 % row.count)] }
        return try ImageEncoder.jpeg(
            PixelImage(width: width, height: height, pixels: pixels), quality: 60, subsampling: .half)
    }

    private static func post(_ body: [UInt8], _ target: String = "/detect", _ headers: String = "") -> [UInt8] {
        Array("POST \(target) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\(headers)\r\n".utf8) + body
    }

    @Test("What is deployed is what SECURITY.md recommends")
    func recipeIsDeployed() throws {
        let security = try String(contentsOfFile: Program.repository + "/SECURITY.md", encoding: .utf8)
            .replacing("\n", with: " ")
        let files = [try Deployment.compose, try Deployment.kubernetes]
        for (name, value) in Self.recipe {
            #expect(security.contains("--\(name) \(value)"), "\(name)")
            let variable = "MULTIBOX_" + name.uppercased().replacing("-", with: "_")
            for file in files { #expect(file[variable] == value, "\(variable)") }
        }
    }

    @Test("The sum of SECURITY.md holds against all limits at once")
    func allLimitsAtOnce() throws {
        let folder = try TemporaryFolder()
        let corpus = try WorstCase.corpus(in: folder)
        func requests(_ names: [String]) throws -> [[UInt8]] {
            try names.map { name in try #require(corpus.first { $0.name == name }, "\(name)").bytes }
        }
        let server = try ServerProcess(Self.recipe.flatMap { ["--" + $0.key, $0.value] })
        let group = MemoryGroup(bytes: Self.limit)
        defer {
            server.process.end()
            group?.remove()
        }
        if let group { #expect(group.add(server.process.identifier)) }
        try server.forgetPeak()
        let crowd = Crowd(port: server.port)

        // Contents that never end, nearly as many bytes as all connections may hold; heads behind photos; and pictures
        // that nobody takes, more than there is room for. What is left lets small contents through.
        let photo = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: Program.repository + "/Tests/Fixtures/blood-smear.jpg")))
        let picture = try Self.noise(width: 1200, height: 900)
        let drawn = Self.post(picture, "/detect?format=image", "Accept: image/png\r\n")
        let large = Array("POST /detect HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n".utf8)
        let field = "X: " + String(repeating: "x", count: 15_000) + "\r\n"
        let pipelined = (0..<7).flatMap { _ in Array("GET /model HTTP/1.1\r\nHost: h\r\n\(field)\r\n".utf8) }
        var idle: [RawClient] = []
        func open(_ count: Int, _ bytes: [UInt8]) throws {
            for _ in 0..<count {
                let connection = try RawClient(port: server.port, patience: 1, receiveBuffer: 4096)
                // What is refused early takes no more.
                try? connection.send(bytes)
                idle.append(connection)
            }
        }
        try open(80, large + [UInt8](repeating: 7, count: 700_000))
        try open(40, Self.post(photo) + pipelined)
        try open(40, drawn)

        let bombs = try requests([
            "gzip: JSON of base64 and one escape within the ratio", "gzip: JSON of short escapes within the ratio",
            "gzip: a form of line ends within the ratio", "gzip: a JPEG of zeros within the ratio",
            "json: 8 photos of 12 megapixels",
        ])
        let photos =
            try requests([
                "jpeg: progressive and turned 6", "jpeg: progressive, unsampled, 4000 x 3000",
                "jpeg: progressive, of four inks, 4000 x 3000", "jpeg: drawn as PNG, 12 megapixels",
                "png: color 6, depth 16, interlaced, 12 megapixels", "webp: transforms (0, 1, 2), 4000 x 3000",
            ]) + [Self.post(photo)]
        _ = try onThreads(24) { number in
            switch number % 3 {
            case 0: crowd.ask(bombs, from: number)
            case 1: crowd.ask(photos, from: number)
            default: crowd.ask([drawn], from: number)
            }
        }

        #expect(!server.process.hasEnded)
        let peak = try server.peakBytes
        let tally = crowd.tally.withLock { $0 }
        print(
            "all limits at once: \(peak >> 20) MiB at most, bounded: \(group != nil); answers",
            tally.statuses.sorted(by: <))
        #expect(peak < Self.limit)
        #expect(tally.closed == 0)
        #expect(Set(tally.statuses.keys).isSubset(of: [200, 400, 413, 415, 422, 429, 503, 504]))
        #expect(tally.statuses[200, default: 0] > 0)
        #expect(tally.statuses[429, default: 0] > 0)
        idle.removeAll()
        let patience = Patience.end
        while try server.metric("multibox_queue_bytes") != 0, Date() < patience { usleep(10_000) }
        #expect(try server.metric("multibox_queue_bytes") == 0)
        #expect(try server.get("/readyz").status == 200)
        #expect(try server.ask(body: photo).status == 200)
    }
}
