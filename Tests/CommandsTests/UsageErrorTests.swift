import Foundation
import TestSupport
import Testing

/// What a person is told who asked for something wrong: one line that says what, and where help is.
@Suite(.endToEnd)
struct UsageErrorTests {
    @Test(arguments: [
        (["detect", "--treshold", "0.5", "x.jpg"], "--threshold", "multibox detect --help"),
        (["detect"], "images", "multibox detect --help"),
        (["detect", "--threshold", "2", "x.jpg"], "0 to 1", "multibox detect --help"),
        (["detect", "--iou-threshold", "1.5", "x.jpg"], "0 to 1", "multibox detect --help"),
        (["benchmark", "--duration", "5"], "5s", "multibox benchmark --help"),
        (
            ["benchmark", "--model", "built-in", "--architecture", "ssd300-vgg16"], "exclude",
            "multibox benchmark --help"
        ),
        (["evaluate"], "--annotations", "multibox evaluate --help"),
        (["nonsense"], "nonsense", "multibox --help"),
    ])
    func wrongUsage(arguments: [String], word: String, help: String) throws {
        let run = try CommandRun(arguments)
        #expect(run.exit == .status(2) && run.output.isEmpty)
        #expect(run.errors.hasPrefix("multibox: ") && run.errors.contains(word), "\(run.errors)")
        #expect(run.errors.contains("see \(help)"), "\(run.errors)")
        // One line, one prefix, no empty line behind it.
        #expect(run.errors.count { $0 == "\n" } == 1 && run.errors.last == "\n", "\(run.errors)")
        #expect(!run.errors.contains("Error:") && !run.errors.contains("Usage:"))
    }

    @Test func `a class that is not there is answered with the nearest`() throws {
        let folder = try TemporaryFolder()
        let model = try folder.writeModel()
        try folder.write("p.png", ColorPhoto(cells: [0: .red]).png)
        func detect(_ classes: String) throws -> CommandRun {
            try CommandRun(["detect", "--model", model, "--classes", classes, folder.path + "/p.png"])
        }
        let near = try detect("red, gren")
        #expect(
            near.exit == .status(2) && near.errors.contains("no class \"gren\"; there is \"green\""), "\(near.errors)")
        let far = try detect("zebra")
        #expect(far.exit == .status(2) && !far.errors.contains("there is"), "\(far.errors)")
        for none in ["", ",", " , "] {
            let run = try detect(none)
            #expect(run.exit == .status(2) && run.errors.contains("names no class"), "\(run.errors)")
        }
        #expect(try detect("GREEN,red").exit == .status(0))
    }

    @Test func `the built-in model is a model of every command`() throws {
        let folder = try TemporaryFolder()
        let out = folder.path + "/b.safetensors"
        let convert = try CommandRun(["convert", "built-in", out])
        #expect(convert.exit == .status(0) && convert.text.contains("built-in"), "\(convert.errors)")
        let info = try CommandRun(["models", "info", "built-in"])
        let copy = try CommandRun(["models", "info", out])
        #expect(info.exit == .status(0) && info.lines[1] == copy.lines[1], "\(info.errors)")
        for arguments in [["--model", "built-in"], []] {
            let benchmark = try CommandRun(["benchmark", "--json", "--duration", "20ms"] + arguments)
            #expect(benchmark.exit == .status(0), "\(benchmark.errors)")
        }
    }

    @Test func `overlapping boxes are kept or left out by --iou-threshold`() throws {
        let folder = try TemporaryFolder()
        try folder.write("p.png", ColorPhoto(cells: [0: .red]).png)
        let photo = Program.repository + "/Sources/CPage/sample.jpg"
        func count(_ threshold: String) throws -> Int {
            let run = try CommandRun(["detect", "--iou-threshold", threshold, "--format", "csv", photo])
            #expect(run.exit == .status(0), "\(run.errors)")
            return run.lines.count
        }
        #expect(try count("0") < count("1"))
    }

    @Test func `photos are found in folders within folders, what is hidden or linked is not`() throws {
        let folder = try TemporaryFolder()
        let model = try folder.writeModel()
        let photo = try ColorPhoto(cells: [0: .red]).png
        for name in ["d/b.png", "d/a/deep/er/c.PNG", "d/.hidden/x.png", "d/a/note.txt"] {
            try folder.write(name, photo)
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/d/a/loop", withDestinationPath: folder.path + "/d")
        let run = try CommandRun(["detect", "--model", model, "--format", "csv", folder.path + "/d"])
        #expect(run.exit == .status(0), "\(run.errors)")
        let photos = run.lines.dropFirst().map { String($0.prefix { $0 != "," }) }
        #expect(photos == ["d/a/deep/er/c.PNG", "d/b.png"].map { folder.path + "/" + $0 })
    }

    @Test func `CSV has the numbers that JSON has`() throws {
        let photo = Program.repository + "/Sources/CPage/sample.jpg"
        let csv = try CommandRun(["detect", "--format", "csv", photo])
        let json = try CommandRun(["detect", "--format", "jsonl", photo])
        let numbers = csv.lines.dropFirst().map { $0.split(separator: ",").dropFirst(3).map { Double($0) } }
        let pattern = /"score":([0-9.]+),"box":{"xmin":([0-9.]+),"ymin":([0-9.]+),"xmax":([0-9.]+),"ymax":([0-9.]+)}/
        let same = json.text.matches(of: pattern).map { match in
            [match.1, match.2, match.3, match.4, match.5].map { Double($0) }
        }
        #expect(numbers == same && numbers.count >= 3)
    }
}
