import Foundation
import Images
import TestSupport
import Testing

/// `multibox train` on a dataset of a few drawn photos.
@Suite(.endToEnd)
struct TrainCommandTests {
    private let folder: TemporaryFolder
    private let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        var generator = SeededGenerator(seed: 5)
        for index in 0..<5 {
            var photo = PixelImage(width: 96, height: 80, filledWith: SIMD3(200, 190, 180))
            var objects = ""
            for (name, color) in [("disc", SIMD3<UInt8>(180, 40, 40)), ("block", SIMD3(40, 60, 180))] {
                let side = Int.random(in: 20...30, using: &generator)
                let x = Int.random(in: 1...40, using: &generator) + (name == "disc" ? 0 : 25)
                let y = Int.random(in: 1...45, using: &generator)
                for row in y..<y + side { for column in x..<x + side { photo[column, row] = color } }
                objects += """
                    <object><name>\(name)</name><bndbox><xmin>\(x + 1)</xmin><ymin>\(y + 1)</ymin>\
                    <xmax>\(x + side)</xmax><ymax>\(y + side)</ymax></bndbox></object>
                    """
            }
            // A slip of the annotator.
            if index == 3 {
                objects += """
                    <object><name>disc</name><bndbox><xmin>9</xmin><ymin>9</ymin><xmax>9</xmax><ymax>30</ymax></bndbox>\
                    </object>
                    """
            }
            try folder.write("data/JPEGImages/p\(index).png", try ImageEncoder.png(photo))
            try folder.write(
                "data/Annotations/p\(index).xml",
                """
                <annotation><size><width>96</width><height>80</height><depth>3</depth></size>\(objects)</annotation>
                """)
        }
        try folder.write("data/ImageSets/Main/train.txt", "p0\np1\np2\np3\n")
        try folder.write("data/ImageSets/Main/val.txt", "p4\n")
    }

    private func arguments(_ output: String, epochs: Int = 4, more: [String] = []) -> [String] {
        [
            "train", "--data", data, "--output", folder.path + "/" + output, "--epochs", "\(epochs)", "--batch-size",
            "2", "--evaluate-every", "2", "--checkpoint-interval", "0", "--warm-up", "2",
        ] + more
    }

    private func bytes(_ name: String) throws -> [UInt8] { try folder.bytes(name) }

    @Test("A run leaves two models, metrics, curves and a report, and the model detects")
    func run() throws {
        let run = try CommandRun(arguments("run"))
        #expect(run.exit == .status(0), "\(run.errors)")
        // Each evaluation is told; where the work is piped, nothing rewrites itself.
        #expect(run.errorLines.count { $0.contains("AP50") } == 2 && !run.errors.contains("\r"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run").sorted()
        #expect(
            names == [
                "best.safetensors", "checkpoint.safetensors", "last.safetensors", "loss.svg", "metrics.jsonl",
                "precision-recall.svg", "precision.svg", "report.html", "settings.json",
            ])
        let metrics = String(decoding: try bytes("run/metrics.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(metrics.count == 8 + 2)
        let model = folder.path + "/run/best.safetensors"
        let evaluation = try CommandRun(["evaluate", "--model", model, "--data", data, "--split", "val", "--json"])
        #expect(evaluation.exit == .status(0), "\(evaluation.errors)")
        #expect(Set((try evaluation.object["AP_per_class"] as? [String: Any] ?? [:]).keys) == ["block", "disc"])
        let info = try CommandRun(["models", "info", model])
        #expect(info.text.contains("small-ssd300") && info.text.contains("block, disc"), "\(info.errors)")
    }

    @Test("Killed five times at moments of its own, a run that resumes ends with the same bytes")
    func killed() throws {
        // A detector is called after its folder.
        for name in ["whole/.keep", "parts/.keep"] { try folder.write(name, "") }
        let whole = try CommandRun(arguments("whole/run", epochs: 6))
        #expect(whole.exit == .status(0), "\(whole.errors)")
        var kills = 0
        for attempt in 0..<40 {
            let more = attempt == 0 ? [] : ["--resume"]
            let process = try ChildProcess(try Program.multibox, arguments("parts/run", epochs: 6, more: more))
            defer { process.end() }
            if kills < 5 {
                // Once metrics show that it got further, by a number of steps that differs from time to time.
                let steps = linesOfMetrics + 1 + attempt % 3
                while linesOfMetrics < steps, !process.hasEnded { usleep(500) }
                process.send(SIGKILL)
                if try process.wait() == .signal(Int(SIGKILL)) { kills += 1 }
            } else {
                #expect(try process.wait() == .status(0))
                break
            }
        }
        #expect(kills == 5)
        for name in ["best.safetensors", "last.safetensors", "checkpoint.safetensors"] {
            #expect(try bytes("parts/run/" + name) == bytes("whole/run/" + name), "\(name)")
        }
    }

    private var linesOfMetrics: Int { (try? bytes("parts/run/metrics.jsonl").count { $0 == 0x0A }) ?? 0 }

    @Test("A new label set begins with the built-in model's layers")
    func initialization() throws {
        let run = try CommandRun(arguments("tuned", epochs: 2))
        #expect(run.exit == .status(0), "\(run.errors)")
        let tuned = try CommandRun(
            arguments(
                "again", epochs: 2, more: ["--init", folder.path + "/tuned/best.safetensors", "--freeze", "stem*"]))
        #expect(tuned.exit == .status(0), "\(tuned.errors)")
        #expect(tuned.errors.contains("begins with 27 of 27 layers") && tuned.errors.contains("4 layers stay"))
        let builtIn = try CommandRun(arguments("built-in", epochs: 1, more: ["--init", "built-in"]))
        #expect(builtIn.exit == .status(0) && builtIn.errors.contains("begins with 17 of 27 layers of built-in"))
        let foreign = try folder.writeModel()
        let none = try CommandRun(arguments("none", more: ["--init", foreign]))
        #expect(none.exit == .status(1) && none.errors.contains("no layer"))
    }

    @Test("Photos and annotations alone are enough: all are trained on, as many a step as there are")
    func plainFolder() throws {
        try FileManager.default.removeItem(atPath: data + "/ImageSets")
        let run = try CommandRun(["train", "--data", data, "--output", folder.path + "/plain", "--epochs", "2"])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.errors.contains("5 photos") && !run.errors.contains("AP50"))
        let settings = String(decoding: try bytes("plain/settings.json"), as: UTF8.self)
        #expect(settings.contains("\"batchSize\" : 5") && settings.contains("\"split\" : \"all\""), "\(settings)")
        let model = folder.path + "/plain/best.safetensors"
        let evaluation = try CommandRun(["evaluate", "--model", model, "--data", data, "--json"])
        #expect(try evaluation.object["images"] as? Int == 5)
        let named = try CommandRun(arguments("n", more: ["--validation-split", "val"]))
        #expect(named.exit == .status(1) && named.errors.contains("val.txt"), "\(named.errors)")
    }

    @Test("Checking the data lists what is wrong and draws it")
    func check() throws {
        let run = try CommandRun(arguments("check", more: ["--check-data"]))
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.text.contains("train: 4 photos, 8 objects") && run.text.contains("val: 1 photos, 2 objects"))
        #expect(run.text.contains("p3.xml: object 3 (disc)"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/check").sorted() == [
                "augmented.png", "photos.png",
            ])
        let sheet = try ImageDecoder().decode(try bytes("check/photos.png"))
        #expect(sheet.width > 1000 && sheet.height > 250)
    }

    @Test("What cannot be is one line")
    func refused() throws {
        #expect(try CommandRun(arguments("r", epochs: 1)).exit == .status(0))
        for (more, status, reason) in [
            ([], 1, "has a run already"), (["--resume", "--seed", "9"], 1, "seed 1, not 9"),
            (["--split", "nothing"], 1, "nothing.txt"),
            (["--freeze", "nothing", "--output", folder.path + "/f"], 2, "no layer"),
            (["--box-sizes", "1,2"], 2, "ascending"), (["--learning-rate", "-1"], 2, "--learning-rate"),
            (["--batch-size", "9", "--output", folder.path + "/b"], 1, "fewer than the batch size"),
        ] {
            let run = try CommandRun(arguments("r", epochs: 1, more: more))
            #expect(run.exit == .status(status) && run.errors.contains(reason), "\(more): \(run.errors)")
        }
        // A run of a version that had no mosaics goes on; one of a version that had something else does not.
        let settings = String(decoding: try bytes("r/settings.json"), as: UTF8.self)
        try folder.write("r/settings.json", settings.replacing(/"mosaic.*" : 0,\n/, with: ""))
        #expect(try CommandRun(arguments("r", epochs: 1, more: ["--resume"])).exit == .status(0))
        try folder.write("r/settings.json", settings.replacing("\"mosaic\"", with: "\"collage\""))
        let foreign = try CommandRun(arguments("r", epochs: 1, more: ["--resume"]))
        #expect(foreign.exit == .status(1) && foreign.errorLines.last?.contains("know: collage; go on with") == true)
        for name in ["f", "b"] {
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/" + name), "what is refused leaves nothing")
        }
    }
}
