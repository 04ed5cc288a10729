import TestSupport
import Foundation
import Testing

/// `multibox evaluate` on a dataset whose figures are worked by hand.
@Suite(.endToEnd)
struct EvaluateCommandTests {
    private static let figures = [
        "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl",
    ]
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    @Test("Pascal VOC's figures on a COCO folder: what lies in a crowd counts neither way")
    func vocFigures() throws {
        let data = try folder.writeColorData(crowded: 1)
        // Of three red objects two are found, and nothing wrong; the green ones all.
        for (metric, red) in [("voc", 2.0 / 3), ("voc07", 7.0 / 11)] {
            let run = try CommandRun(["evaluate", "--model", model, "--data", data, "--json", "--metric", metric])
            #expect(run.exit == .status(0), "\(run.errors)")
            #expect(abs((try run.object["mAP_" + metric] as? Double ?? 0) - (red + 1) / 2) < 1e-9)
        }
    }

    @Test("The twelve figures of COCO")
    func coco() throws {
        let data = try folder.writeColorData()
        let run = try CommandRun([
            "evaluate", "--model", model, "--data", data, "--json", "--detections-out", folder.path + "/found.json",
        ])
        #expect(run.exit == .status(0), "\(run.errors)")
        // A category that the model does not know is said.
        #expect(run.errorLines.count == 1 && run.errors.contains("2"))
        let object = try run.object
        #expect(Set(Self.figures).isSubset(of: object.keys))
        // Recall of red ends at 3/4: precision is 1 at 76 of the 101 points. All green ones are found.
        let red = 76.0 / 101
        let classes = try #require(object["AP_per_class"] as? [String: Double])
        #expect(Set(classes.keys) == ["Red", "green"])
        #expect(abs((classes["Red"] ?? 0) - red) < 1e-9)
        #expect(classes["green"] == 1)
        for name in ["AP", "AP50", "AP75"] {
            #expect(abs((object[name] as? Double ?? 0) - (red + 1) / 2) < 1e-9, "\(name)")
        }
        #expect(abs((object["AR100"] as? Double ?? 0) - (0.75 + 1) / 2) < 1e-9)
        #expect(object["APm"] as? Double == 1)
        #expect(object["APl"] is NSNull)
        #expect(object["images"] as? Int == 3)
        #expect(object["detections"] as? Int == 5)
        let found = try JSONSerialization.jsonObject(with: Data(try folder.bytes("found.json"))) as? [[String: Any]]
        #expect(found?.count == 5)
        #expect(Set(found?.compactMap { $0["category_id"] as? Int } ?? []) == [10, 20])
    }

    @Test("Pascal VOC's figures", arguments: ["voc07", "voc"])
    func voc(metric: String) throws {
        let data = try folder.writeColorData()
        let run = try CommandRun([
            "evaluate", "--model", model, "--annotations", data + "/instances.json", "--images", data + "/images",
            "--metric", metric, "--json",
        ])
        #expect(run.exit == .status(0), "\(run.errors)")
        // 8 of the 11 points (0 to 0.7), or the area up to a recall of 0.75.
        let red = metric == "voc07" ? 8.0 / 11 : 0.75
        #expect(abs((try run.object["mAP_\(metric)"] as? Double ?? 0) - (red + 1) / 2) < 1e-9)
    }

    @Test("As text")
    func text() throws {
        let run = try CommandRun(["evaluate", "--model", model, "--data", try folder.writeColorData()])
        #expect(run.exit == .status(0))
        for name in Self.figures { #expect(run.lines.contains { $0.hasPrefix(name + " ") }, "\(name)") }
    }

    @Test("Data with which nothing can be measured, or some of it twice")
    func worthlessData() throws {
        let data = try folder.writeColorData()
        let text = String(decoding: try folder.bytes("data/instances.json"), as: UTF8.self)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        func evaluate(_ change: (inout [String: Any]) -> Void, _ more: [String] = []) throws -> CommandRun {
            var object = object
            change(&object)
            try folder.write("data/instances.json", [UInt8](try JSONSerialization.data(withJSONObject: object)))
            return try CommandRun(["evaluate", "--model", model, "--data", data] + more)
        }
        let nothing = try evaluate { $0["annotations"] = [Any]() }
        #expect(nothing.exit == .status(1) && nothing.errorLines.count == 1, "\(nothing.errors)")
        #expect(nothing.errors.contains("none of the 3 photos shows an object"))
        // Detections of photos that nobody has annotated are of use.
        let out = try evaluate({ $0["annotations"] = [Any]() }, ["--detections-out", folder.path + "/out.json"])
        #expect(out.exit == .status(0) && FileManager.default.fileExists(atPath: folder.path + "/out.json"))
        func changing(_ name: String, _ index: Int, _ key: String, _ value: Any) -> (inout [String: Any]) -> Void {
            { object in
                var entries = object[name] as? [[String: Any]] ?? []
                entries[index][key] = value
                object[name] = entries
            }
        }
        for (change, words) in [
            (changing("images", 1, "id", 7), "two images have the number 7"),
            (changing("images", 1, "file_name", "0.png"), "images 7 and 8 are one file, 0.png"),
            (changing("images", 1, "file_name", "x.png"), "the photo \(data)/images/x.png is not there"),
            (changing("annotations", 0, "category_id", 77), "category 77, which is not listed"),
            (changing("annotations", 0, "image_id", 77), "image 77, which is not listed"),
            (changing("categories", 0, "id", 20), "two categories have the number 20"),
        ] {
            let run = try evaluate(change)
            #expect(run.exit == .status(1) && run.output.isEmpty, "\(words)")
            #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
        }
        let missing = try evaluate { object in
            for index in 0..<3 { changing("images", index, "file_name", "x\(index).png")(&object) }
        }
        #expect(missing.errors.contains("3 of 3 photos are not there, the first is \(data)/images/x0.png"))
    }

    @Test("Data that cannot be used is one line")
    func badData() throws {
        let data = try folder.writeColorData()
        try folder.write("broken/instances.json", "{")
        try folder.write(
            "outside/instances.json",
            """
            {"images": [{"id": 1, "file_name": "../secret.png", "width": 4, "height": 4}], "annotations": [],
             "categories": [{"id": 1, "name": "red"}]}
            """)
        try folder.write("photoless/instances.json", try folder.bytes("data/instances.json"))
        for name in ["absent", "broken", "outside", "photoless"] {
            let run = try CommandRun(["evaluate", "--model", model, "--data", folder.path + "/" + name])
            #expect(run.exit == .status(1), "\(name)")
            #expect(run.errorLines.last?.hasPrefix("multibox: ") == true && run.output.isEmpty, "\(run.errors)")
        }
        #expect(try CommandRun(["evaluate", "--model", model]).exit == .status(2))
        #expect(try CommandRun(["evaluate", "--model", model, "--data", data, "--images", data]).exit == .status(2))
    }

    @Test(
        "With parts a published detector finds half as many small objects again, and loses no large one",
        .enabled(if: RealModel.isThere, "\(SharedFiles.absence)"))
    func tiles() throws {
        func recall(_ arguments: [String]) throws -> (small: Double, large: Double) {
            let run = try CommandRun(
                ["evaluate", "--model", RealModel.path, "--data", SharedFiles.path("data/coco-val"), "--json"]
                    + arguments)
            #expect(run.exit == .status(0), "\(run.errors)")
            let object = try run.object
            return (try #require(object["ARs"] as? Double), try #require(object["ARl"] as? Double))
        }
        // As many as there are: a limit on them would be met by parts first.
        let whole = try recall(["--max-detections", "1000"])
        let tiled = try recall(["--max-detections", "1000", "--tile", "auto"])
        #expect(tiled.small >= 1.5 * whole.small, "\(tiled) for \(whole)")
        #expect(tiled.large >= whole.large, "\(tiled) for \(whole)")
    }
}
