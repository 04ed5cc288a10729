import TestSupport
import Foundation
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
        let cells = tests.deletingLastPathComponent().appending(path: "Sources/CDefaultModel/blood-cells.safetensors")
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
        #expect(info.contains("red, green, blue") && !info.contains("guessed"), "\(info)")
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
