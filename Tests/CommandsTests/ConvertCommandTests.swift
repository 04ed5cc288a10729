import TestSupport
import Foundation
import Images
import Testing

/// `multibox convert`: from any model to one file of our own format.
@Suite(.endToEnd)
struct ConvertCommandTests {
    private let folder: TemporaryFolder
    private let model: String
    private let photo = ColorPhoto(cells: [0: .red, 5: .blue, 10: .green])
    private let photoPath: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        photoPath = try folder.write("a.png", photo.png)
    }

    private func convert(_ arguments: [String]) throws -> CommandRun { try CommandRun(["convert"] + arguments) }

    private func output(_ name: String) -> String { folder.path + "/" + name }

    /// Detections of a model as they are printed; those of the class and the place that are expected.
    private func detect(_ model: String) throws -> String {
        let run = try CommandRun(["detect", "--model", model, "--format", "json", photoPath])
        #expect(run.exit == .status(0), "\(run.errors)")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(run.output)) as? [[String: Any]])
        expect(try Found.list(entries[0]["detections"]), are: photo.objects)
        let detections = try #require(entries[0]["detections"])
        return String(
            decoding: try JSONSerialization.data(withJSONObject: detections, options: .sortedKeys), as: UTF8.self)
    }

    @Test("One file that holds everything detects the same")
    func plain() throws {
        let to = output("colors.safetensors")
        let run = try convert([model, to, "--name", "colours", "--architecture", "grid"])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.lines.count == 1 && run.text.contains("→ \(to) (fp32, "))
        try FileManager.default.removeItem(atPath: folder.path + "/labelmap.txt")
        let converted = try detect(to)
        let info = try CommandRun(["models", "info", to]).text
        for part in ["colours, version ", "grid", "red, green, blue", "colors.tflite", "TensorFlow Lite"] {
            #expect(info.contains(part), "\(part) in \(info)")
        }
        try folder.write("labelmap.txt", "???\nred\ngreen\nblue\n")
        #expect(converted == (try detect(model)))
        // Converted again it is the same but for its name, and says the same of its source.
        let again = output("again.safetensors")
        #expect(try convert([to, again]).exit == .status(0))
        #expect(try folder.bytes("again.safetensors") == folder.bytes("colors.safetensors"))
        let benchmark = try CommandRun(["benchmark", "--model", to, "--duration", "20ms", "--json"])
        #expect(try benchmark.object["architecture"] as? String == "grid")
    }

    @Test("Eight bits, calibrated on photos", arguments: ["percentile", "entropy", "minmax", "auto"])
    func quantized(range: String) throws {
        for number in 0..<6 { try folder.write("photos/\(number).png", ColorPhoto.numbered(number * 9).png) }
        let to = output("int8.safetensors")
        let run = try convert(
            [model, to, "--precision", "int8", "--calibration", folder.path + "/photos", "--range", range])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.text.contains("(fp32, ") && run.text.contains("(int8, "))
        _ = try detect(to)
        // The photos hold what the model finds: the one way, or the best of three.
        let said = try #require(run.lines.last)
        #expect(said.hasPrefix("AP ") && said.contains("in these 6 photos") && said.contains("ranges by "), "\(said)")
        #expect(said.contains("(") == (range == "auto"), "\(said)")
        let info = try CommandRun(["models", "info", to]).text
        #expect(info.contains("int8, range by \(range == "auto" ? "" : range)"), "\(info)")
        // And back to floats.
        let floats = output("floats.safetensors")
        #expect(try convert([to, floats, "--precision", "fp32"]).exit == .status(0))
        _ = try detect(floats)
        let refused = try convert(
            [to, output("twice.safetensors"), "--precision", "int8", "--calibration", folder.path + "/photos"])
        #expect(refused.exit == .status(1) && refused.errors.contains("int8 already"))
    }

    @Test("3×3 convolutions by Winograd's method", arguments: ["on", "off", "auto"])
    func winograd(choice: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let cells = tests.appending(path: "Fixtures/blood-cells.safetensors")
        let smear = try Data(contentsOf: tests.appending(path: "Fixtures/blood-smear.jpg"))
        try folder.write("photos/smear.jpg", Array(smear))
        let to = output("cells.safetensors")
        let run = try convert(
            [
                cells.path, to, "--precision", "int8", "--calibration", folder.path + "/photos", "--range", "minmax",
                "--winograd", choice,
            ])
        #expect(run.exit == .status(0), "\(run.errors)")
        let said = try #require(run.lines.last)
        #expect(said.contains("Winograd's method (with") == (choice != "off"), "\(said)")
        let isUsed = said.contains("3×3 convolutions by Winograd's method (without it ")
        if choice != "auto" { #expect(isUsed == (choice == "on")) }
        let info = try CommandRun(["models", "info", to]).text
        #expect(info.contains("3×3 convolutions by Winograd's method") == isUsed, "\(info)")
        let photo = folder.path + "/photos/smear.jpg"
        let found = try CommandRun(["detect", "--model", to, "--format", "json", photo])
        #expect(found.exit == .status(0) && found.text.contains("RBC"))
    }

    @Test("ONNX in its three forms, which are models again", arguments: [[], ["--nms"], ["--no-nms"], ["--raw"]])
    func onnx(form: [String]) throws {
        let to = output("colors.onnx")
        let run = try convert([model, to] + form)
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.text.contains("→ \(to) (fp32, "))
        try FileManager.default.removeItem(atPath: folder.path + "/labelmap.txt")
        let found = try detect(to)
        try folder.write("labelmap.txt", "???\nred\ngreen\nblue\n")
        #expect(try detect(model) == found)
        let info = try CommandRun(["models", "info", to]).text
        // What was guessed of the file that it was made of stays told, and no more is.
        func guesses(_ info: String) -> Int { info.split(separator: "\n").count { $0.hasPrefix("guessed") } }
        #expect(info.contains("red, green, blue"), "\(info)")
        #expect(guesses(info) == guesses(try CommandRun(["models", "info", model]).text), "\(info)")
    }

    @Test("Convolutions stay float until agreement is what it has to be, and no more than may")
    func agreement() throws {
        // Parts of one photo, in which bytes do not find quite what floats do.
        let fixture = Program.repository + "/Tests/Fixtures/blood-smear.jpg"
        let smear = try ImageDecoder(limits: .ofOwnFiles).decode([UInt8](Data(contentsOf: URL(filePath: fixture))))
        for (index, (left, top)) in [(0, 0), (200, 0), (0, 150), (200, 150)].enumerated() {
            var part = PixelImage(width: smear.width - 200, height: smear.height - 150, filledWith: SIMD3(0, 0, 0))
            for y in 0..<part.height { for x in 0..<part.width { part[x, y] = smear[x + left, y + top] } }
            try folder.write("photos/\(index).png", try ImageEncoder.png(part))
        }
        func run(_ name: String, _ more: [String]) throws -> (run: CommandRun, ap: Double?) {
            let run = try convert(
                [
                    Program.repository + "/Tests/Fixtures/blood-cells.safetensors", output(name), "--precision", "int8",
                    "--calibration", folder.path + "/photos",
                    "--range",
                    "minmax", "--winograd", "off",
                ] + more)
            let ap = run.text.firstMatch(of: /AP ([0-9.]+),/).flatMap { Double($0.1) }
            return (run, ap)
        }
        let plain = try run("plain.safetensors", [])
        let before = try #require(plain.ap)
        #expect(plain.run.exit == .status(0) && before < 1, "\(plain.run.text)")
        #expect(plain.run.errors.contains("--agreement") == (before < 0.9), "\(plain.run.errors)")
        // Half of what is missing.
        let target = ((1 + before) / 2 * 1000).rounded() / 1000
        let (searched, after) = try run("searched.safetensors", ["--agreement", "\(target)", "--max-float", "1"])
        #expect(searched.exit == .status(0), "\(searched.errors)")
        #expect(try #require(after) >= target)
        let match = try #require(
            searched.text.firstMatch(
                of:
                    /; (\d+) of (\d+) convolutions, ([0-9.]+) % of the multiply-adds, stay float \(without that ([0-9.]+)\): (.+)\n/
            ))
        #expect(Double(match.4) == before)
        let names = match.5.split(separator: ", ").map(String.init)
        #expect(Int(match.1) == names.count && names.count < (Int(match.2) ?? 0))
        // It is what the same layers kept by hand give.
        let byHand = try run("by-hand.safetensors", names.flatMap { ["--keep-float", $0] })
        #expect(byHand.ap == after)
        let info = try CommandRun(["models", "info", output("searched.safetensors")]).text
        #expect(info.contains("float: " + names.joined(separator: " ")), "\(info)")
        let photo = folder.path + "/photos/0.png"
        #expect(
            try CommandRun(["detect", "--model", output("searched.safetensors"), "--format", "csv", photo]).text
                == CommandRun(["detect", "--model", output("by-hand.safetensors"), "--format", "csv", photo]).text)
        // What is reached without needs no layer.
        let easy = try run("easy.safetensors", ["--agreement", "0.01"])
        #expect(easy.ap == before && !easy.run.text.contains("stay float"))
        // Nothing is written where it cannot be reached.
        let (refused, _) = try run("none.safetensors", ["--agreement", "1", "--max-float", "0"])
        let reason = refused.errorLines.last ?? ""
        #expect(refused.exit == .status(1) && reason.hasPrefix("multibox: "), "\(refused.errors)")
        #expect(reason.contains("\(match.4) in bytes") && reason.contains("--max-float"), "\(reason)")
        #expect(!FileManager.default.fileExists(atPath: output("none.safetensors")))
    }

    @Test("A file is replaced only with --force, and never the model itself")
    func replacing() throws {
        let to = try folder.write("there.safetensors", "precious")
        let refused = try convert([model, to])
        #expect(refused.exit == .status(1) && refused.errors.contains("--force"))
        #expect(try folder.bytes("there.safetensors") == Array("precious".utf8))
        #expect(try convert([model, to, "--force"]).exit == .status(0))
        let before = try folder.bytes("there.safetensors")
        let same = try convert([to, folder.path + "/./there.safetensors", "--force"])
        #expect(same.exit == .status(2) && same.errors.contains("same file"))
        #expect(try folder.bytes("there.safetensors") == before)
        #expect(try folder.names == ["a.png", "colors.tflite", "labelmap.txt", "there.safetensors"])
    }

    @Test("What cannot be done is said in a line")
    func refusals() throws {
        let to = output("x.safetensors")
        for arguments in [
            [model], [model, output("x.pth")], [model, to, "--raw"], [model, output("x.onnx"), "--raw", "--no-nms"],
            [model, to, "--precision", "int8"], [model, to, "--range", "minmax"],
            [model, to, "--winograd", "on"], [model, to, "--precision", "int4"],
            [model, to, "--calibration", folder.path],
            [model, to, "--precision", "int8", "--calibration", folder.path, "--calibration-images", "0"],
            [model, to, "--agreement", "0.9"],
            [model, to, "--precision", "int8", "--calibration", folder.path, "--agreement", "0"],
            [model, to, "--precision", "int8", "--calibration", folder.path, "--agreement", "nan"],
            [model, to, "--precision", "int8", "--calibration", folder.path, "--max-float", "0.5"],
            [model, to, "--precision", "int8", "--calibration", folder.path, "--agreement", "1", "--max-float", "2"],
        ] {
            #expect(try convert(arguments).exit == .status(2), "\(arguments)")
        }
        for (arguments, part) in [
            ([output("absent.tflite"), to], "absent.tflite"), ([photoPath, to], "not a model that multibox reads"),
            ([model, output("no/folder/x.safetensors")], "No such file or directory"),
            ([model, to, "--precision", "int8", "--calibration", output("absent")], "absent"),
            (
                [model, to, "--precision", "int8", "--calibration", folder.path, "--keep-float", "head*"],
                "no convolution of colors is called head*"
            ),
        ] {
            let run = try convert(arguments)
            #expect(run.exit == .status(1) && run.errors.contains(part), "\(arguments): \(run.errors)")
            #expect(run.errorLines.count == 1)
        }
        #expect(!FileManager.default.fileExists(atPath: to))
    }
}
