import TestSupport
import Foundation
import Testing

/// Inputs that are none: each is one line on standard error and a failed job, whatever the command.
@Suite(.endToEnd)
struct BadInputTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        try folder.write("a.png", ColorPhoto(cells: [0: .red]).png)
        try folder.write("empty", "")
        try #require(mkfifo(folder.path + "/pipe", 0o600) == 0)
        // 2 TiB that take no place.
        let huge = try folder.write("huge", "")
        truncate(huge, 2 << 40)
        mkdir(folder.path + "/nothing", 0o777)
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func expectFailure(_ arguments: [String], _ words: String, status: Int = 1) throws {
        let run = try CommandRun(arguments)
        #expect(run.exit == .status(status), "\(arguments): \(run.exit)")
        #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(arguments): \(run.errors)")
        #expect(run.output.isEmpty, "\(arguments)")
    }

    @Test(
        "A model file that is a folder, a pipe, a device, too large or empty", arguments: ["info", "detect", "convert"])
    func models(command: String) throws {
        for (name, words) in [
            (folder.path, "Is a directory"), (path("pipe"), "Not a regular file"), ("/dev/zero", "Not a regular file"),
            (path("huge"), "larger than the limit"), (path("empty"), "not a model that multibox reads"),
            (path("absent"), "No such file or directory"),
        ] {
            let arguments =
                switch command {
                case "info": ["models", "info", name]
                case "detect": ["detect", "--model", name, path("a.png")]
                default: ["convert", name, path("out.safetensors")]
                }
            try expectFailure(arguments, words)
        }
    }

    @Test("A photo that is a folder of none, a device without end, too large or empty")
    func photos() throws {
        for (name, words) in [
            (path("nothing"), "no .jpg, .jpeg, .png or .webp files"), ("/dev/zero", "larger than"),
            (path("huge"), "larger than"), (path("absent"), "there is no file"), (path("empty"), "empty: "),
        ] {
            try expectFailure(["detect", "--model", model, name], words)
        }
        // What a folder lists is expected to be a file: a pipe keeps nobody waiting.
        try #require(mkfifo(path("nothing/b.jpg"), 0o600) == 0)
        mkdir(path("nothing/c.jpg"), 0o777)
        let run = try CommandRun(["detect", "--model", model, path("nothing")])
        #expect(run.exit == .status(1) && run.errorLines.count == 2, "\(run.errors)")
        #expect(run.errors.contains("b.jpg: Not a regular file") && run.errors.contains("c.jpg: Is a directory"))
        // A pipe that was named is waited for.
        let piped = try CommandRun(
            shell: #"cat "\#(path("a.png"))" >"\#(path("pipe"))" & "$0" "$@""#,
            ["detect", "--model", model, path("pipe")])
        #expect(piped.exit == .status(0) && piped.text.contains("red"), "\(piped.errors)")
    }

    @Test("Photos for a calibration of which none can be read")
    func calibration() throws {
        let out = path("out.safetensors")
        func convert(_ photos: String) -> [String] {
            ["convert", model, out, "--precision", "int8", "--calibration", photos]
        }
        try expectFailure(convert(path("nothing")), "no .jpg, .jpeg, .png or .webp files")
        try expectFailure(convert(path("absent")), "absent")
        try folder.write("nothing/a.jpg", "no photo")
        try expectFailure(convert(path("nothing")), "nothing/a.jpg: ")
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test("Data that is a file, a pipe, nothing; lists that are folders, devices or too large")
    func data() throws {
        for name in ["a.png", "pipe", "nothing", "absent"] {
            try expectFailure(["train", "--data", path(name), "--output", path("run")], "is no dataset")
            try expectFailure(["evaluate", "--model", model, "--data", path(name)], "is no dataset")
        }
        for (name, words) in [
            (folder.path, "Is a directory"), (path("huge"), "larger than"), (path("empty"), "empty: "),
            (path("absent"), "No such file or directory"),
        ] {
            try expectFailure(
                ["evaluate", "--model", model, "--annotations", name, "--images", folder.path], words)
            try FileManager.default.createDirectory(atPath: path("coco"), withIntermediateDirectories: true)
            symlink(name, path("coco/instances.json"))
            let isThere = FileManager.default.fileExists(atPath: name)
            try expectFailure(
                ["train", "--data", path("coco"), "--output", path("run")],
                isThere && name != path("empty") ? words : "instances.json")
            unlink(path("coco/instances.json"))
        }
        #expect(!FileManager.default.fileExists(atPath: path("run")))
    }

    @Test("Folders for results that cannot be made")
    func outputs() throws {
        try folder.write(
            "coco/instances.json",
            """
            {"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 64}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 16, 16]}],
             "categories": [{"id": 1, "name": "red"}]}
            """)
        try folder.write("coco/images/a.png", try folder.bytes("a.png"))
        let evaluation = ["evaluate", "--model", model, "--data", path("coco")]
        let training = ["train", "--data", path("coco"), "--epochs", "1"]
        for out in ["a.png", "a.png/below"] {
            try expectFailure(["detect", "--model", model, "--annotate", path(out), path("a.png")], "Not a directory")
            try expectFailure(evaluation + ["--plots", path(out)], "Not a directory")
            try expectFailure(training + ["--output", path(out), "--check-data"], "Not a directory")
            let run = try CommandRun(training + ["--output", path(out)])
            #expect(
                run.exit == .status(1) && run.errorLines.last?.hasSuffix("Not a directory") == true, "\(run.errors)")
        }
        for out in ["nothing", "absent/found.json", "a.png/found.json"] {
            try expectFailure(evaluation + ["--detections-out", path(out)], "cannot write \(path(out)): ")
        }
        try expectFailure(["convert", model, path("absent/m.safetensors")], "No such file or directory")
        #expect(try folder.names.contains("absent") == false)
    }
}
