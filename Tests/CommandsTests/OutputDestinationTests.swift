import Foundation
import TestSupport
import Testing

/// Where results go: pipes, devices, links, full disks.
@Suite(.endToEnd)
struct OutputDestinationTests {
    private let folder: TemporaryFolder
    private let model: String
    private let data: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        data = folder.path + "/data"
        try folder.write("data/images/0.png", ColorPhoto(cells: [0: .red]).png)
        try folder.write(
            "data/instances.json",
            """
            {"images": [{"id": 1, "file_name": "0.png", "width": 64, "height": 64}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 16, 16]}],
             "categories": [{"id": 1, "name": "red"}]}
            """)
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    /// What lies there, links not followed.
    private func kind(_ name: String) -> mode_t {
        var status = stat()
        return lstat(path(name), &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    private func evaluation(_ output: String) -> [String] {
        ["evaluate", "--model", model, "--data", data, "--detections-out", output]
    }

    @Test("A pipe is written to, by convert too")
    func pipes() throws {
        try #require(mkfifo(path("pipe"), 0o600) == 0)
        let run = try CommandRun(
            shell: #"cat "\#(path("pipe"))" >"\#(path("copy.json"))" & "$0" "$@" && wait"#, evaluation(path("pipe")))
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(String(decoding: try folder.bytes("copy.json"), as: UTF8.self).contains("\"category_id\":1"))
        #expect(kind("pipe") == S_IFIFO)
        try #require(mkfifo(path("pipe.safetensors"), 0o600) == 0)
        let conversion = try CommandRun(
            shell: #"cat "\#(path("pipe.safetensors"))" >"\#(path("copy.safetensors"))" & "$0" "$@" && wait"#,
            ["convert", model, path("pipe.safetensors")])
        #expect(conversion.exit == .status(0), "\(conversion.errors)")
        let info = try CommandRun(["models", "info", path("copy.safetensors")])
        #expect(info.exit == .status(0), "\(info.errors)")
        #expect(kind("pipe.safetensors") == S_IFIFO)
    }

    @Test("A device stays one", .enabled(if: DeviceNode.canBeMade, "device nodes take root"))
    func devices() throws {
        try DeviceNode.make(path("null"), minor: 3)
        try DeviceNode.make(path("full"), minor: 7)
        let run = try CommandRun(evaluation(path("null")))
        #expect(run.exit == .status(0), "\(run.errors)")
        let full = try CommandRun(evaluation(path("full")))
        #expect(full.exit == .status(1) && full.errorLines.count == 1, "\(full.errors)")
        #expect(full.errors.contains("cannot write \(path("full")): No space left on device"))
        for name in ["null", "full"] { #expect(kind(name) == S_IFCHR) }
    }

    @Test("A link is followed")
    func links() throws {
        symlink("real.json", path("link.json"))
        #expect(try CommandRun(evaluation(path("link.json"))).exit == .status(0))
        #expect(kind("link.json") == S_IFLNK && kind("real.json") == S_IFREG)
        let again = try CommandRun(evaluation(path("link.json")))
        #expect(again.exit == .status(1) && again.errors.contains("--force"))
        #expect(try CommandRun(evaluation(path("link.json")) + ["--force"]).exit == .status(0))
        #expect(kind("link.json") == S_IFLNK && kind("real.json") == S_IFREG)
    }

    @Test("Standard output as a file gets the detections, then the figures")
    func standardOutput() throws {
        let run = try CommandRun(shell: #""$0" "$@" >"\#(path("both"))""#, evaluation("/dev/stdout"))
        #expect(run.exit == .status(0), "\(run.errors)")
        let text = String(decoding: try folder.bytes("both"), as: UTF8.self)
        #expect(text.hasPrefix("[\n{\"image_id\"") && text.contains("AP50"), "\(text)")
    }

    /// What writes files, with the names under which nothing may be left.
    private var writers: [(arguments: [String], output: String, isFolder: Bool)] {
        [
            (evaluation(path("out/found.json")), "out/found.json", false),
            (["evaluate", "--model", model, "--data", data, "--plots", path("out")], "out", true),
            (["detect", "--model", model, "--annotate", path("out"), data + "/images"], "out", true),
            (["convert", model, path("out/m.safetensors")], "out/m.safetensors", false),
            (
                ["train", "--data", data, "--output", path("out/run"), "--epochs", "1", "--threads", "2"], "out/run",
                true
            ), (["train", "--data", data, "--output", path("out"), "--check-data"], "out", true),
        ]
    }

    private func expectFull(_ run: CommandRun, _ arguments: [String], _ reason: String) throws {
        #expect(run.exit == .status(1), "\(arguments.prefix(1)): \(run.exit)")
        let errors = run.errorLines.filter { $0.hasPrefix("multibox: ") }
        #expect(errors.count == 1 && errors[0].contains("cannot write \(path("out"))"), "\(arguments): \(run.errors)")
        #expect(errors.last?.hasSuffix(reason) == true, "\(run.errors)")
        // Nothing half done; the text of a run's settings fits.
        let left = try FileManager.default.subpathsOfDirectory(atPath: path("out"))
        #expect(Set(left).isSubset(of: ["run", "run/settings.json"]), "\(arguments): \(left)")
    }

    @Test("A file that may not be that long is one error and leaves nothing")
    func limited() throws {
        for (arguments, _, _) in writers {
            // In blocks of 512 bytes: nothing at all, or, for `train`, a few kilobytes.
            try FileManager.default.createDirectory(atPath: path("out"), withIntermediateDirectories: true)
            let blocks = arguments[0] == "train" && !arguments.contains("--check-data") ? 8 : 0
            let run = try CommandRun(shell: "ulimit -f \(blocks); exec \"$0\" \"$@\"", arguments)
            try expectFull(run, arguments, "File too large")
            try FileManager.default.removeItem(atPath: path("out"))
        }
    }

    @Test("A full disk is one error and leaves nothing", .enabled(if: SmallDisk.canBeMounted, "mounting takes root"))
    func full() throws {
        for (arguments, _, _) in writers {
            let disk = try SmallDisk(path("out"), bytes: 64 << 10)
            defer { disk.unmount() }
            // Room for a run's settings, and for no more.
            let room = arguments[0] == "train" && !arguments.contains("--check-data") ? 8192 : 0
            try disk.fill(leaving: room)
            let run = try CommandRun(arguments)
            try disk.empty()
            try expectFull(run, arguments, "No space left on device")
        }
    }
}
