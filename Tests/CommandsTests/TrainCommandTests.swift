import Foundation
import Images
import TestSupport
import Testing

/// `multibox train` on a dataset of a few drawn photos.
@Suite(.endToEnd)
struct TrainCommandTests: TrainsOnDrawnPhotos {
    let folder: TemporaryFolder

    init() throws { folder = try Self.drawnFolder() }

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

    @Test("The last epochs may simulate bytes, and the run ends with a detector of bytes")
    func quantizationAware() throws {
        let run = try CommandRun(arguments("aware", epochs: 3, more: ["--quantization-aware", "1"]))
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.errors.contains("epoch 3 in int8: AP ") && !run.errors.contains("epoch 2 in int8"))
        #expect(run.errors.contains("serve --model \(folder.path)/aware/best-int8.safetensors"))
        let info = try CommandRun(["models", "info", folder.path + "/aware/best-int8.safetensors"])
        #expect(info.text.contains("int8, simulated in training"), "\(info.text)")
        // The other half of its epochs has not changed.
        let other = try CommandRun(
            arguments("aware", epochs: 3, more: ["--quantization-aware", "2", "--resume"]))
        #expect(other.exit == .status(1) && other.errors.contains("quantizationAware 1, not 2"), "\(other.errors)")
    }

    @Test("A new label set begins with the built-in model's layers")
    func initialization() throws {
        let run = try CommandRun(arguments("tuned", epochs: 2))
        #expect(run.exit == .status(0), "\(run.errors)")
        let tuned = try CommandRun(
            arguments(
                "again", epochs: 2, more: ["--init", folder.path + "/tuned/best.safetensors", "--freeze", "stem*"]))
        #expect(tuned.exit == .status(0), "\(tuned.errors)")
        #expect(tuned.errors.contains("begins with 27 of 27 layers") && tuned.errors.contains("4 layers stay"))
        // Few photos that begin with a detector have defaults of their own; its architecture need not be named.
        let again = try CommandRun([
            "train", "--data", data, "--output", folder.path + "/few", "--init", folder.path + "/tuned", "--epochs",
            "1",
        ])
        #expect(again.exit == .status(0), "\(again.errors)")
        let few = try settings("few")
        #expect(few["architecture"] as? String == "small-ssd300" && few["frozen"] as? [String] == ["stem*"])
        #expect(few["optimizer"] as? String == "adamw" && few["patience"] as? Int == 5)
        let foreign = try folder.writeModel()
        let none = try CommandRun(arguments("none", more: ["--init", foreign]))
        #expect(none.exit == .status(1) && none.errors.contains("no layer"))
    }

    @Test("A detector on MobileNetV2 begins with a classifier's layers, and another run with that one's")
    func backbone() throws {
        let weights = try folder.write("v2.pth", TorchWriter(tensors: TorchMobileNetV2.tensors()).archive())
        let detector = ["--architecture", "ssdlite-mobilenetv2", "--optimizer", "adamw", "--learning-rate", "0.001"]
        let more =
            detector + [
                "--fixed-statistics", "--freeze", "conv1*", "--freeze", "bneck*", "--initialized-rate", "0.5",
            ]
        let run = try CommandRun(
            arguments("v2", epochs: 1, more: more + ["--init", weights, "--interpolation", "antialiased"]))
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.errors.contains("begins with 52 of 88 layers"), "\(run.errors)")
        let info = try CommandRun(["models", "info", folder.path + "/v2/best.safetensors"])
        #expect(info.text.contains("ssdlite-mobilenetv2") && info.text.contains("320"), "\(info.text)")
        let again = try CommandRun(
            arguments("again", epochs: 1, more: more + ["--init", folder.path + "/v2", "--difficult", "ignore"]))
        #expect(again.exit == .status(0) && again.errors.contains("begins with 88 of 88 layers"), "\(again.errors)")
        for name in ["v2", "again"] {
            let info = try CommandRun(["models", "info", folder.path + "/\(name)/best.safetensors"])
            #expect(info.text.contains("antialiased"), "\(name): \(info.text)")
        }
        // The same boxes, as shares of another input.
        let other = try CommandRun(
            arguments("other", epochs: 1, more: detector + ["--input-size", "300", "--init", folder.path + "/v2"]))
        #expect(other.exit == .status(0) && other.errors.contains("begins with 88 of 88 layers"), "\(other.errors)")
        // One size of the last map is another: of its two heads the rows of the other size are taken.
        let sizes = "17,32,56,80,106,134,160,186,212,238,262,288,300"
        let boxes = try CommandRun(
            arguments(
                "boxes", epochs: 1,
                more: detector + ["--box-sizes", sizes, "--init", folder.path + "/v2/best.safetensors"]))
        #expect(boxes.exit == .status(0), "\(boxes.errors)")
        #expect(boxes.errors.contains("begins with 86 of 88 layers"), "\(boxes.errors)")
        #expect(boxes.errors.contains("with rows of 2 heads, for the background and block, disc"), "\(boxes.errors)")
        let foreign = try CommandRun(arguments("none", more: ["--init", weights]))
        #expect(
            foreign.exit == .status(1)
                && foreign.errors.contains("is torchvision's mobilenet_v2, with which ssdlite-mobilenetv2 or"))
        for (wrong, words) in [
            (["--input-size", "310"], "300 or 320"), (["--box-sizes", "10,20"], "13 numbers"),
            (["--box-sizes", "18,17,32,56,80,106,134,160,186,212,238,262,288"], "ascending"),
            (["--fixed-statistics"], "--fixed-statistics goes with --init"),
            (["--initialized-rate", "0.5"], "--initialized-rate goes with --init"),
        ] {
            let refused = try CommandRun(arguments("none", more: detector + wrong))
            #expect(refused.exit == .status(2) && refused.errors.contains(words), "\(refused.errors)")
        }
        // Weights of the whole width are none of half of it.
        let half = ["--architecture", "ssdlite-mobilenetv2-0.5", "--init", weights]
        let refused = try CommandRun(arguments("none", more: half))
        #expect(refused.exit == .status(1) && refused.errors.contains("features.0.0.weight"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
    }

    @Test("Photos and annotations alone are enough: all are trained on, as many a step as there are")
    func plainFolder() throws {
        try FileManager.default.removeItem(atPath: data + "/ImageSets")
        // And the built-in detector is what they begin with.
        let run = try CommandRun(["train", "--data", data, "--output", folder.path + "/plain", "--epochs", "1"])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.errors.contains("layers of built-in"), "\(run.errors)")
        #expect(try settings("plain")["initialModel"] as? String == "built-in")
        #expect(run.errors.contains("5 photos") && !run.errors.contains("AP50"))
        let settings = String(decoding: try bytes("plain/settings.json"), as: UTF8.self)
        #expect(settings.contains("\"batchSize\" : 5") && settings.contains("\"split\" : \"all\""), "\(settings)")
        let model = folder.path + "/plain/best.safetensors"
        let evaluation = try CommandRun(["evaluate", "--model", model, "--data", data, "--json"])
        #expect(try evaluation.object["images"] as? Int == 5)
        let named = try CommandRun(arguments("n", more: ["--validation-split", "val"]))
        #expect(named.exit == .status(1) && named.errors.contains("val.txt"), "\(named.errors)")
    }

    @Test("A share is held out where there is no split, and a run that finds nothing better ends")
    func holdingOut() throws {
        try FileManager.default.removeItem(atPath: data + "/ImageSets")
        let more = [
            "--hold-out", "0.4", "--patience", "1", "--evaluate-every", "1", "--learning-rate", "1e-9", "--ema", "0",
        ]
        let run = try CommandRun(arguments("r", epochs: 40, more: more))
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.errors.contains("2 of the 5 photos are held out"), "\(run.errors)")
        // Running statistics move even so, and the figures with them.
        let end = try #require(
            run.errors.firstMatch(of: /ends at epoch (\d+): nothing was better than epoch (\d+),/), "\(run.errors)")
        let (last, best) = (try #require(Int(end.1)), try #require(Int(end.2)))
        #expect(best == last - 1 && last < 40 && run.errorLines.count { $0.contains("AP50") } == last)
        for name in ["best.safetensors", "last.safetensors", "report.html"] {
            #expect(try bytes("r/" + name).count > 0)
        }
        // There is nothing to go on with.
        let steps = try bytes("r/metrics.jsonl").count
        let again = try CommandRun(arguments("r", epochs: 40, more: more + ["--resume"]))
        #expect(again.exit == .status(0) && !again.errors.contains("AP50"), "\(again.errors)")
        #expect(try bytes("r/metrics.jsonl").count == steps)
        for (wrong, words) in [
            (["--hold-out", "1"], "from 0 to 0.9"),
            (["--hold-out", "0.2", "--validation-split", "val"], "exclude each other"),
            (["--patience=-1"], "number of evaluations"),
        ] {
            let refused = try CommandRun(arguments("x", more: wrong))
            #expect(refused.exit == .status(2) && refused.errors.contains(words), "\(refused.errors)")
        }
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

    @Test("A loss that explodes ends the run with what to try, and what was good stays")
    func diverged() throws {
        for (name, rate) in [("d", "10"), ("e", "1")] {
            let more =
                name == "e" ? ["--gradient-clipping", "1e30", "--learning-rate", rate] : ["--learning-rate", rate]
            let run = try CommandRun(arguments(name, epochs: 6, more: more))
            #expect(run.exit == .status(1), "\(run.exit)")
            let words = try #require(run.errorLines.last)
            #expect(words.hasPrefix("multibox: training has diverged by step "), "\(run.errors)")
            #expect(words.contains("lower --learning-rate, such as \(rate == "10" ? "1.0 for 10.0" : "0.1 for 1.0")"))
            #expect(!run.errors.contains("done"))
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + name)
            #expect(names.contains("checkpoint.safetensors") && !names.contains("last.safetensors"))
            // What is kept can be gone on with, and diverges again.
            let again = try CommandRun(arguments(name, epochs: 6, more: more + ["--resume"]))
            #expect(again.exit == .status(1) && again.errors.contains("diverged"), "\(again.errors)")
        }
    }

    @Test("Data that show no object are no data to train on or to evaluate on")
    func withoutObjects() throws {
        let nothing = "<annotation><size><width>96</width><height>80</height></size></annotation>"
        let annotation = try bytes("data/Annotations/p4.xml")
        try folder.write("data/Annotations/p4.xml", nothing)
        let validation = try CommandRun(arguments("r"))
        #expect(validation.exit == .status(1) && validation.errorLines.count == 1)
        #expect(validation.errors.contains("\(data), val: none of the 1 photos"), "\(validation.errors)")
        #expect(validation.errors.contains("--validation-split none"))
        try folder.write("data/Annotations/p4.xml", annotation)
        // A photo without objects among others is what it should be.
        try folder.write("data/Annotations/p1.xml", nothing)
        #expect(try CommandRun(arguments("some", epochs: 1)).exit == .status(0))
        for index in 0..<4 { try folder.write("data/Annotations/p\(index).xml", nothing) }
        let voc = try CommandRun(arguments("r"))
        #expect(voc.exit == .status(1) && voc.errorLines.count == 1, "\(voc.errors)")
        #expect(voc.errors.contains("none of its photos shows an object"))
        for (annotations, categories) in [("", #"{"id": 1, "name": "disc"}"#), ("", "")] {
            try folder.write("coco/images/p.png", try bytes("data/JPEGImages/p0.png"))
            try folder.write(
                "coco/instances.json",
                """
                {"images": [{"id": 1, "file_name": "p.png", "width": 96, "height": 80}],
                 "annotations": [\(annotations)], "categories": [\(categories)]}
                """)
            let coco = try CommandRun(["train", "--data", folder.path + "/coco", "--output", folder.path + "/r"])
            #expect(coco.exit == .status(1) && coco.errorLines.count == 1, "\(coco.errors)")
            let check = try CommandRun([
                "train", "--data", folder.path + "/coco", "--output", folder.path + "/check", "--check-data", "--force",
            ])
            #expect(check.exit == .status(1) && check.errorLines.count == 1, "\(check.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/r"))
    }

    @Test("Checking the data lists every photo and annotation that cannot be used")
    func checkUnusable() throws {
        let png = try bytes("data/JPEGImages/p0.png")
        let xml = try bytes("data/Annotations/p0.xml")
        func add(_ name: String, _ photo: [UInt8]?, _ annotation: [UInt8]?) throws {
            if let photo { try folder.write("data/JPEGImages/\(name).png", photo) }
            if let annotation { try folder.write("data/Annotations/\(name).xml", annotation) }
        }
        try add("cut", Array(png.prefix(png.count / 2)), xml)
        try add("text", Array("no photo".utf8), xml)
        try add("gone", nil, xml)
        try add("bare", png, nil)
        try add("torn", png, Array(xml.prefix(xml.count / 2)))
        try add("size", png, Array(String(decoding: xml, as: UTF8.self).replacing("<width>96", with: "<width>95").utf8))
        try add("pipe", nil, xml)
        try #require(mkfifo(data + "/JPEGImages/pipe.png", 0o600) == 0)
        for index in 0..<60 { try add("z\(index)", Array("no photo".utf8), xml) }
        let names = ["cut", "text", "gone", "bare", "torn", "size", "pipe"]
        let list = (["p0", "p1"] + names + (0..<60).map { "z\($0)" } + ["p1"]).joined(separator: "\n") + "\n../x\n"
        try folder.write("data/ImageSets/Main/train.txt", list)
        let run = try CommandRun(arguments("check", more: ["--check-data"]))
        #expect(run.exit == .status(1) && run.errorLines.count == 1, "\(run.errors)")
        // Seven and sixty, a name that is there twice and one that is none.
        #expect(run.errors.contains("69 photos or annotations cannot be used"), "\(run.errors)")
        #expect(run.text.contains("cannot be used: 69") && run.text.contains("and 19 more"))
        for name in ["cut.png", "text.png", "gone.jpg", "bare.xml", "torn.xml", "size.png", "pipe.png"] {
            #expect(run.lines.count { $0.contains("/" + name) } == 1, "\(name): \(run.text)")
        }
        #expect(run.text.contains("line 70: p1 is named a second time") && run.text.contains("line 71: not the name"))
        // What can be used is drawn all the same.
        #expect(FileManager.default.fileExists(atPath: folder.path + "/check/photos.png"))
        let twice = try CommandRun(arguments("check", more: ["--check-data"]))
        #expect(twice.exit == .status(1) && twice.errors.contains("photos.png and 1 more are there already; --force"))
        // To train, the first of them is enough.
        let training = try CommandRun(arguments("r"))
        #expect(training.exit == .status(1) && training.errorLines.count == 1, "\(training.errors)")
    }

    @Test("A folder that has what a run would write over is refused, unless --force begins anew")
    func foreignFiles() throws {
        for name in ["report.html", "best.safetensors", "metrics.jsonl", "settings.json"] {
            try folder.write("f/" + name, "precious")
            let run = try CommandRun(arguments("f"))
            #expect(run.exit == .status(1) && run.errorLines.count == 1, "\(run.errors)")
            #expect(run.errors.contains("f/\(name) is there already; --force replaces it"), "\(run.errors)")
            #expect(try bytes("f/" + name) == Array("precious".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/f") == [name])
            try FileManager.default.removeItem(atPath: folder.path + "/f/" + name)
        }
        try folder.write("f/report.html", "precious")
        try folder.write("f/notes.txt", "mine")
        #expect(try CommandRun(arguments("f", epochs: 1, more: ["--force"])).exit == .status(0))
        #expect(try bytes("f/report.html").count > 1000 && bytes("f/notes.txt") == Array("mine".utf8))
        // A run that is begun anew does not write over the model that it begins with.
        let best = try bytes("f/best.safetensors")
        let run = try CommandRun(
            arguments("f", more: ["--force", "--init", folder.path + "/f/best.safetensors"]))
        #expect(run.exit == .status(2) && run.errors.contains("best.safetensors is read"), "\(run.errors)")
        #expect(try bytes("f/best.safetensors") == best)
        let anew = try CommandRun(arguments("f", epochs: 1, more: ["--force", "--seed", "3"]))
        #expect(anew.exit == .status(0), "\(anew.errors)")
        #expect(try bytes("f/best.safetensors") != best)
        #expect(try CommandRun(arguments("f", more: ["--force", "--resume"])).exit == .status(2))
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
