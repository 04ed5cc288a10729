import TestSupport
import Foundation
import Testing

/// Nothing that the program did not make is written over unless `--force` says so, and what it reads not even then.
@Suite(.endToEnd)
struct OutputProtectionTests {
    private let folder: TemporaryFolder
    private let model: String
    private let photo: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel("models/colors.tflite")
        try folder.write("models/labelmap.txt", try folder.bytes("labelmap.txt"))
        photo = try ColorPhoto(cells: [0: .red, 5: .blue]).jpeg
        for name in ["a/x.jpg", "a/y.jpg", "b/x.jpg"] { try folder.write(name, photo) }
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func detect(_ arguments: [String], input: String = "/dev/null") throws -> CommandRun {
        try CommandRun(["detect", "--model", model] + arguments, input: input)
    }

    /// Expects a refusal of one line, and that the photos are as they were.
    private func expectRefused(_ run: CommandRun, _ status: Int, _ words: String) throws {
        #expect(run.exit == .status(status) && run.output.isEmpty, "\(run.exit) \(run.text)")
        #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
        for name in ["a/x.jpg", "a/y.jpg", "b/x.jpg"] { #expect(try folder.bytes(name) == photo, "\(name)") }
    }

    @Test("A photo is not drawn over itself, whatever its folder is called", arguments: [[], ["--force"]])
    func photos(force: [String]) throws {
        symlink(path("a"), path("link"))
        mkdir(path("hard"), 0o777)
        link(path("a/y.jpg"), path("hard/y.jpg"))
        mkdir(path("soft"), 0o777)
        symlink("../a/y.jpg", path("soft/y.jpg"))
        for out in ["a", "a/../a", "link", "hard", "soft"] {
            let run = try detect(["--annotate", path(out), path("a/y.jpg")] + force)
            try expectRefused(run, 2, out == "a" ? "a/y.jpg is read" : "are the same file")
        }
        // The photo of one is where another's picture would go; so it is with standard input.
        try expectRefused(
            try detect(["--annotate", path("b"), path("a/x.jpg"), path("b/x.jpg")] + force), 2, "b/x.jpg is read")
        try folder.write("in/stdin.jpg", photo)
        try expectRefused(
            try detect(["--annotate", path("in"), "-"] + force, input: path("in/stdin.jpg")), 2, "standard input")
        #expect(try folder.bytes("in/stdin.jpg") == photo)
    }

    @Test("A file that is there stays, and nothing is written beside it, until --force replaces it")
    func annotations() throws {
        let other = try folder.write("out/y.jpg", "precious")
        chmod(other, 0o640)
        try expectRefused(
            try detect(["--annotate", path("out"), path("a")]), 1, "out/y.jpg is there already; --force replaces it")
        #expect(try folder.bytes("out/y.jpg") == Array("precious".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path("out")) == ["y.jpg"])
        let forced = try detect(["--annotate", path("out"), "--force", path("a")])
        #expect(forced.exit == .status(0), "\(forced.errors)")
        #expect(try folder.bytes("out/y.jpg").starts(with: [0xFF, 0xD8]))
        #expect(try FileManager.default.attributesOfItem(atPath: other)[.posixPermissions] as? Int == 0o640)
        try expectRefused(
            try detect(["--annotate", path("out"), path("a")]), 1, "x.jpg and 1 more are there already; --force")
        // An empty file is nothing to keep.
        try folder.write("out/x.jpg", "")
        try FileManager.default.removeItem(atPath: other)
        #expect(try detect(["--annotate", path("out"), path("a")]).exit == .status(0))
    }

    private func writeData() throws -> String {
        for name in ["0.png", "1.png"] { try folder.write("data/images/" + name, ColorPhoto(cells: [0: .red]).png) }
        try folder.write(
            "data/instances.json",
            """
            {"images": [{"id": 1, "file_name": "0.png", "width": 64, "height": 64},
                        {"id": 2, "file_name": "1.png", "width": 64, "height": 64}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 16, 16]}],
             "categories": [{"id": 1, "name": "red"}]}
            """)
        return path("data")
    }

    @Test("What evaluate writes: detections and curves")
    func evaluation() throws {
        let data = try writeData()
        func evaluate(_ more: [String]) throws -> CommandRun {
            try CommandRun(["evaluate", "--model", model, "--data", data] + more)
        }
        try folder.write("found.json", "precious")
        try folder.write("plots/precision-recall.svg", "precious")
        for (arguments, name) in [
            (["--detections-out", path("found.json")], "found.json"),
            (["--plots", path("plots")], "plots/precision-recall.svg"),
        ] {
            try expectRefused(try evaluate(arguments), 1, "\(name) is there already; --force")
            #expect(try folder.bytes(name) == Array("precious".utf8))
            let forced = try evaluate(arguments + ["--force"])
            #expect(forced.exit == .status(0), "\(forced.errors)")
            #expect(try folder.bytes(name).count > 20)
        }
        let files = ["data/instances.json", "data/images/1.png", "models/colors.tflite"]
        let before = try files.map(folder.bytes)
        symlink("data/images/1.png", path("linked.json"))
        for name in files + ["linked.json"] {
            let run = try evaluate(["--detections-out", path(name), "--force"])
            try expectRefused(run, 2, name == "linked.json" ? "are the same file" : "is read")
        }
        #expect(try files.map(folder.bytes) == before)
        // What would be found to go wrong at the end is found at once.
        try expectRefused(
            try evaluate(["--detections-out", path("no/folder/x.json")]), 1,
            "no/folder/x.json: No such file or directory")
    }

    @Test("What convert writes: not over photos of its calibration or its labels either")
    func conversion() throws {
        symlink("a/x.jpg", path("x.safetensors"))
        let run = try CommandRun([
            "convert", model, path("x.safetensors"), "--precision", "int8", "--calibration", path("a"), "--force",
        ])
        try expectRefused(run, 2, "are the same file")
        symlink("models/labelmap.txt", path("l.safetensors"))
        let labels = try CommandRun([
            "convert", model, path("l.safetensors"), "--labels", path("models/labelmap.txt"), "--force",
        ])
        try expectRefused(labels, 2, "are the same file")
    }
}
