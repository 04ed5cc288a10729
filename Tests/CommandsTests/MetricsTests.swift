import TestSupport
import Foundation
import Testing

/// `/metrics` and the probes of the real binary.
@Suite(.endToEnd)
struct MetricsTests {
    private let folder: TemporaryFolder
    private let server: ServerProcess

    init() throws {
        folder = try TemporaryFolder()
        server = try ServerProcess(model: folder.writeModel())
    }

    /// Series and their values; each line must be one of the text format's.
    private func series(_ text: String) throws -> [String: Double] {
        #expect(text.hasSuffix("\n"))
        var types: Set<String> = []
        var series: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { types.insert(String(line.split(separator: " ")[2])) }
            if line.hasPrefix("#") { continue }
            let end = try #require(line.lastIndex(of: " "))
            let (name, text) = (String(line[..<end]), line[line.index(after: end)...])
            let value = try #require(Double(text == "+Inf" ? "inf" : text), "\(line)")
            #expect(series.updateValue(value, forKey: name) == nil, "\(name) is there twice")
            let metric = name.prefix { $0 != "{" }
            let bases =
                [metric]
                + ["_bucket", "_sum", "_count"].map { suffix in
                    metric.hasSuffix(suffix) ? metric.dropLast(suffix.count) : metric
                }
            #expect(bases.contains { types.contains(String($0)) }, "\(name) has no type")
        }
        return series
    }

    @Test("Requests, photos and detections are counted")
    func counts() throws {
        let before = try series(try server.get("/metrics").text)
        let photo = ColorPhoto(cells: [2: .red, 7: .red, 8: .blue])
        for _ in 0..<5 { #expect(try server.ask(body: photo.png).status == 200) }
        for _ in 0..<2 { #expect(try server.ask(body: Array("text".utf8)).status == 415) }
        let after = try series(try server.get("/metrics").text)
        #expect(Set(before.keys).isSubset(of: after.keys))
        func gained(_ name: String) -> Double { (after[name] ?? .nan) - (before[name] ?? 0) }
        #expect(gained("multibox_http_requests_total{route=\"/detect\",method=\"POST\",code=\"200\"}") == 5)
        #expect(gained("multibox_http_requests_total{route=\"/detect\",method=\"POST\",code=\"415\"}") == 2)
        #expect(gained("multibox_detections_total{class=\"red\"}") == 10)
        #expect(gained("multibox_detections_total{class=\"green\"}") == 0)
        #expect(gained("multibox_detections_total{class=\"blue\"}") == 5)
        #expect(gained("multibox_inference_seconds_count") >= 1)
        #expect(gained("multibox_queue_wait_seconds_count") == 5)
        #expect(after["multibox_queue_depth"] == 0)
        #expect(after["multibox_queue_bytes"] == 0)
        #expect((after["process_resident_memory_bytes"] ?? 0) > 1e6)
        #expect((after["process_open_fds"] ?? 0) > 3)
        #expect(after.keys.contains { $0.hasPrefix("multibox_model_info{") && $0.contains("name=\"colors\"") })
    }

    @Test("Probes and the model's card")
    func probes() throws {
        for path in ["/livez", "/readyz", "/healthz"] { #expect(try server.get(path).status == 200) }
        let health = try server.get("/healthz").object
        #expect(health["status"] as? String == "ready")
        let card = try server.get("/model").object
        #expect(card["name"] as? String == "colors")
        #expect(card["precision"] as? String == "fp32")
        #expect((card["labels"] as? [Any])?.compactMap { $0 as? String } == ["red", "green", "blue"])
    }
}
