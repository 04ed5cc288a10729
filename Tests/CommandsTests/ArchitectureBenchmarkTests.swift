import TestSupport
import Testing

/// `multibox benchmark --architecture`: built-in networks without a file.
@Suite(.endToEnd)
struct ArchitectureBenchmarkTests {
    private func benchmark(_ arguments: [String]) throws -> CommandRun {
        try CommandRun(["benchmark", "--duration", "20ms"] + arguments)
    }

    @Test("An architecture runs with synthetic weights and any number of classes")
    func architecture() throws {
        let run = try benchmark(["--architecture", "ssdlite320-mobilenetv3", "--classes", "3", "--json", "--layers"])
        #expect(run.exit == .status(0), "\(run.errors)")
        let object = try run.object
        #expect(object["architecture"] as? String == "ssdlite320-mobilenetv3")
        #expect(object["precision"] as? String == "fp32")
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(
            layers.contains {
                $0["name"] as? String == "conf.0.depthwise+conf.0" && $0["output"] as? String == "20×20×18"
            })
        #expect(layers.contains { $0["kind"] as? String == "scale channels+convolution" })
    }

    @Test(
        "A model file and an architecture exclude each other, and each has its own options",
        arguments: [
            ["--architecture", "ssd300"], ["--architecture", "ssd300-vgg16", "--model", "x.pth"],
            ["--architecture", "ssd300-vgg16", "--labels", "x.txt"], ["--model", "x.pth", "--classes", "3"],
            ["--architecture", "ssd300-vgg16", "--classes", "1"],
            ["--architecture", "ssd300-vgg16", "--classes", "4097"],
        ])
    func usage(arguments: [String]) throws {
        let run = try benchmark(arguments)
        #expect(run.exit == .status(2), "\(arguments)")
        #expect(run.errors.contains("--"))
    }

    @Test("A file that asks to run code is refused in a sentence, and nothing runs")
    func unsafePickle() throws {
        let folder = try TemporaryFolder()
        // The pickle cos\nsystem\n… alone in a zip archive: method 0, sizes and offsets as they are.
        let pickle = Array("cos\nsystem\n(Vtouch x\ntR.".utf8)
        func little(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(value >> (8 * $0) & 255) } }
        let name = Array("a/data.pkl".utf8)
        let fields = [UInt8](repeating: 0, count: 12) + little(pickle.count, 4) + little(pickle.count, 4)
        let member = [0x50, 0x4B, 3, 4, 0, 0] + fields + little(name.count, 2) + [0, 0] + name + pickle
        let entry =
            [0x50, 0x4B, 1, 2, 0, 0, 0, 0] + fields + little(name.count, 2) + [UInt8](repeating: 0, count: 16) + name
        let end =
            [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + little(entry.count, 4) + little(member.count, 4) + [0, 0]
        let path = try folder.write("weights.pth", member + entry + end)
        let run = try CommandRun(["models", "info", path])
        #expect(run.exit == .status(1))
        #expect(run.errors.contains("os.system, which is never run"), "\(run.errors)")
    }
}
