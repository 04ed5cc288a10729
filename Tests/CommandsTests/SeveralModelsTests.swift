import Foundation
import TestSupport
import Testing

/// Models under names, and folders of them.
@Suite(.endToEnd)
struct SeveralModelsTests {
    private let folder: TemporaryFolder
    private let photo = ColorPhoto(cells: [0: .blue, 10: .red])

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("labelmap.txt", ColorDetector.labels)
        try folder.write("models/labelmap.txt", ColorDetector.labels)
    }

    /// A file that finds the same as others and differs from them, in the place of one that may be there: whoever reads sees
    /// the old one or the new one.
    @discardableResult
    private func write(_ name: String, prefix: String = "") throws -> String {
        let path = try folder.write(name + ".new", ColorDetector.file(prefix: prefix))
        let final = String(path.dropLast(4))
        guard rename(path, final) == 0 else { throw Unexpected("rename: \(errno)") }
        return final
    }

    private func models(_ server: ServerProcess) throws -> [String: [String: Any]] {
        let list = try #require(try server.get("/models").object["models"] as? [[String: Any]])
        return Dictionary(list.map { ($0["name"] as? String ?? "", $0) }) { $1 }
    }

    private func states(_ server: ServerProcess) throws -> [String: String] {
        try models(server).compactMapValues { $0["state"] as? String }
    }

    /// Has the files read again and waits until that is done; what is told of it under a name.
    private func reload(
        _ server: ServerProcess, until event: String = "ready", isWhole: Bool = true
    ) throws -> [String: String] {
        let lines = server.process.output.allLines.count
        server.process.send(SIGHUP)
        if isWhole { try server.event("ready", after: lines) }
        return try server.event(event, after: lines)
    }

    @Test("Two models under names, the first by default; SIGHUP replaces the one whose file is another")
    func named() throws {
        let (first, second) = (try write("a.tflite", prefix: "a/"), try write("b.tflite", prefix: "b/"))
        let server = try ServerProcess(model: "one=" + first, ["--model", "two=" + second])
        for (target, name) in [("/detect", "one"), ("/detect?model=one", "one"), ("/detect?model=two", "two")] {
            let reply = try server.ask("POST", target, body: photo.png)
            expect(try reply.detections, are: photo.objects)
            #expect((try reply.object["model"] as? [String: String])?["name"] == name)
        }
        #expect(try server.ask("POST", "/detect?model=three", body: photo.png).status == 400)
        #expect(try server.metric("multibox_inference_seconds_count{model=\"one\"}") == 2)
        #expect(try server.metric("multibox_inference_seconds_count{model=\"two\"}") == 1)
        let before = try models(server)
        try write("b.tflite", prefix: "new/")
        let ready = try reload(server)
        #expect(ready["loaded"] == "1" && ready["models"] == "one, two")
        let asked = server.process.output.allLines.filter { $0.contains("\"route\":\"/detect\"") }
        #expect(
            asked.map { line in ["one", "two"].first { line.contains("\"model\":\"\($0)\"") } } == [
                "one", "one", "two", nil,
            ], "\(asked)")
        let after = try models(server)
        #expect(before["one"]?["version"] as? String == after["one"]?["version"] as? String)
        #expect(before["two"]?["version"] as? String != after["two"]?["version"] as? String)
        #expect(try reload(server)["loaded"] == "0")
        expect(try server.ask("POST", "/detect?model=two", body: photo.png).detections, are: photo.objects)
        // A file that has gone, or is broken, leaves what there was.
        try folder.write("b.tflite", Array(ColorDetector.file().prefix(1000)))
        _ = try reload(server, until: "the new model cannot be used, the old one serves on")
        #expect(try states(server) == ["one": "ready", "two": "outdated"])
        expect(try server.ask("POST", "/detect?model=two", body: photo.png).detections, are: photo.objects)
        try FileManager.default.removeItem(atPath: second)
        let reason = try reload(server, until: "the new model cannot be used, the old one serves on")
        #expect(reason["model"] == "two" && reason["reason"]?.contains("b.tflite") == true)
        try write("b.tflite", prefix: "b/")
        #expect(try reload(server)["loaded"] == "1")
        #expect(try states(server) == ["one": "ready", "two": "ready"])
    }

    @Test("A folder is its model files; one that comes, goes or breaks leaves the others as they are")
    func folderOfModels() throws {
        for name in ["b", "a"] { try write("models/\(name).tflite", prefix: name + "/") }
        try folder.write("models/notes.txt", "none")
        try folder.write("models/a.json", "{}")
        try folder.write("models/old/c.tflite", ColorDetector.file())
        try folder.write("models/no name.tflite", ColorDetector.file())
        let server = try ServerProcess(model: folder.path + "/models")
        #expect(try states(server) == ["a": "ready", "b": "ready"])
        #expect((try server.ask(body: photo.png).object["model"] as? [String: String])?["name"] == "a")
        let others = server.process.output.allLines.filter { $0.contains("this is no model") }
        #expect(others.count == 3)
        for name in ["notes.txt", "old", "no name.tflite"] { #expect(others.contains { $0.contains("/\(name)\"") }) }

        let version = try models(server)["b"]?["version"] as? String
        try write("models/c.tflite", prefix: "c/")
        try FileManager.default.removeItem(atPath: folder.path + "/models/a.tflite")
        let ready = try reload(server)
        #expect(ready["models"] == "b, c" && ready["loaded"] == "1" && ready["removed"] == "1")
        #expect(try states(server) == ["b": "ready", "c": "ready"])
        #expect(try models(server)["b"]?["version"] as? String == version)
        #expect(try server.ask("POST", "/detect?model=a", body: photo.png).status == 400)
        expect(try server.ask("POST", "/detect?model=c", body: photo.png).detections, are: photo.objects)
        #expect(!(try server.get("/metrics").text.contains("model=\"a\"")))

        try folder.write("models/d.tflite", "no model")
        #expect(try reload(server, until: "a new model cannot be used, it is not served")["model"] == "d")
        #expect(try states(server).keys.sorted() == ["b", "c"])
        for name in ["b", "c", "d"] {
            try FileManager.default.removeItem(atPath: folder.path + "/models/\(name).tflite")
        }
        try FileManager.default.removeItem(atPath: folder.path + "/models/no name.tflite")
        _ = try reload(
            server, until: "the models cannot be read again, the old ones serve on", isWhole: false)
        expect(try server.ask("POST", "/detect?model=c", body: photo.png).detections, are: photo.objects)
    }

    @Test("A variable and a file of settings name several models in one value")
    func settings() throws {
        let (first, second) = (try write("a.tflite", prefix: "a/"), try write("b,c.tflite", prefix: "b/"))
        let list = "one=\(first),\(second.replacing(",", with: "\\,"))"
        let run = try CommandRun(["serve", "--print-config"], environment: ["MULTIBOX_MODEL": list])
        #expect(run.lines.contains("model: \(list)  # environment"))
        let file = try folder.write("settings.yaml", "model: one=\(first), two=\(second.replacing(",", with: "\\,"))\n")
        let server = try ServerProcess(["--config", file])
        #expect(try states(server) == ["one": "ready", "two": "ready"])
    }

    @Test("One model under a name is one model, called so")
    func oneNamed() throws {
        let server = try ServerProcess(model: "only=" + (try write("a.tflite")))
        #expect((try server.ask(body: photo.png).object["model"] as? [String: String])?["name"] == "only")
        #expect(try server.metric("multibox_inference_seconds_count") == 1)
    }

    @Test("What cannot be served is told at the start")
    func mistakes() throws {
        let (good, bad) = (try write("a.tflite"), try folder.write("bad.tflite", "no model"))
        try folder.write("none/notes.txt", "")
        try write("twice/a.tflite")
        try folder.write("twice/a.onnx", "")
        let none = folder.path + "/none"
        for (arguments, status, text) in [
            (["--model", "one=" + good, "--model", "two=" + bad], 1, "two: "),
            (["--model", "one=" + good, "--model", "one=" + bad], 1, "two models are called one"),
            (["--model", none], 1, "there is no model in"),
            (["--model", folder.path + "/twice"], 1, "two models are called a"),
            (["--model", "one=" + none, "--model", good], 2, "its models have the names of their files"),
            (["--model", "one=" + good, "--model", "two=" + good, "--labels", "x"], 2, "--labels goes with one model"),
            (["--model", "one=,two=" + good], 2, "is not a value for it"),
        ] {
            let run = try CommandRun(["serve", "--port", "0"] + arguments)
            #expect(run.exit == .status(status), "\(arguments): \(run.errors)")
            #expect(run.errorLines.count == 1 && run.errors.contains(text), "\(run.errors)")
        }
    }
}
