import Foundation
import TestSupport
import Testing

/// `multibox report` on runs that `multibox train` made.
@Suite(.endToEnd)
struct ReportCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A run's folder, from what a run leaves: settings with a seed of its own, and some metrics.
    private func writeRun(_ name: String, seed: Int) throws -> String {
        // The settings of a real run that is refused before its first step would not be written: these are of one.
        let settings = """
            {"averageDecay":0.999,"architecture":"small-ssd300","batchSize":8,"boxAspectRatio":2,"boxSizes":[30],\
            "classes":["red"],"cropAspectRatio":2,"cropScale":0.3,"data":"data","epochs":2,"evaluateEvery":1,\
            "flip":"horizontal","gradientClipping":10,"iouThreshold":0.45,"learningRate":0.02,"localizationWeight":1,\
            "matching":"bipartite","matchingThreshold":0.5,"momentum":0.9,"negativesPerPositive":3,"photometric":true,\
            "schedule":"cosine","seed":\(seed),"split":"train","warmup":10,"weightDecay":0.0005,"zoomOut":4}
            """
        try folder.write(name + "/settings.json", settings)
        let lines = (0..<20).map {
            "{\"step\":\($0),\"loss\":\(20 - $0),\"confidence_loss\":\(10),\"localization_loss\":2}"
        }
        try folder.write(
            name + "/metrics.jsonl", (lines + ["{\"step\":19,\"AP\":0.25,\"AP50\":0.5}"]).joined(separator: "\n") + "\n"
        )
        return folder.path + "/" + name
    }

    @Test("Several runs on one page, named by what sets them apart")
    func page() throws {
        let runs = [try writeRun("a/run", seed: 1), try writeRun("b/run", seed: 2)]
        let page = folder.path + "/compare.html"
        let run = try CommandRun(["report", "--output", page] + runs)
        #expect(run.exit == .status(0) && run.output.isEmpty, "\(run.errors)")
        let html = String(decoding: try folder.bytes("compare.html"), as: UTF8.self)
        #expect(html.contains("<th>a/run</th><th>b/run</th>"))
        #expect(html.contains("<td>seed</td><td>1</td><td>2</td>"))
        #expect(
            html.contains("<td>best AP</td><td><b>.250</b></td>") && html.components(separatedBy: "<svg").count == 6)
        // What is there stays unless it is to go, and what is read in any case.
        #expect(try CommandRun(["report", "-o", page] + runs).exit == .status(1))
        #expect(try CommandRun(["report", "-o", page, "--force"] + runs).exit == .status(0))
        let settings = runs[0] + "/settings.json"
        #expect(try CommandRun(["report", "-o", settings, "--force"] + runs).exit == .status(2))
    }

    @Test("What is no run is named in one line")
    func noRun() throws {
        let good = try writeRun("good", seed: 1)
        try folder.write("empty/x", "")
        try folder.write("broken/settings.json", "{")
        for name in ["empty", "broken", "absent"] {
            let run = try CommandRun(["report", "-o", folder.path + "/out.html", good, folder.path + "/" + name])
            #expect(run.exit == .status(1) && run.errorLines.count == 1, "\(run.errors)")
            #expect(run.errors.contains(folder.path + "/" + name), "\(run.errors)")
        }
        #expect(try CommandRun(["report", "-o", "x.html"]).exit == .status(2))
        #expect(try CommandRun(["report", good]).exit == .status(2))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out.html"))
    }
}
