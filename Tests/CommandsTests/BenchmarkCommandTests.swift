import TestSupport
import Testing

/// `multibox benchmark`: the names that scripts read.
@Suite(.endToEnd)
struct BenchmarkCommandTests {
    private static let keys: Set<String> = [
        "architecture", "precision", "batch", "threads", "isa", "images_per_second", "ms_per_image",
        "gflops_per_second",
    ]
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    private func benchmark(_ arguments: [String]) throws -> CommandRun {
        try CommandRun(["benchmark", "--model", model, "--duration", "20ms"] + arguments)
    }

    @Test(
        "One JSON object",
        arguments: [
            [], ["--mode", "throughput", "--threads", "2"], ["--batch", "3"], ["--end-to-end"],
            ["--precision", "fp32"],
        ])
    func json(arguments: [String]) throws {
        let run = try benchmark(["--json"] + arguments)
        #expect(run.exit == .status(0), "\(run.errors)")
        let object = try run.object
        #expect(Self.keys.isSubset(of: object.keys))
        #expect(object["layers"] == nil)
        let times = try #require(object["ms_per_image"] as? [String: Double])
        #expect(Set(times.keys) == ["median", "min", "p99"])
        let (least, median, most) = (times["min"] ?? 0, times["median"] ?? 0, times["p99"] ?? 0)
        #expect(0 < least && least <= median && median <= most)
        #expect((object["images_per_second"] as? Double ?? 0) > 0)
        // Of so small a network, perhaps none to two decimals.
        #expect((object["gflops_per_second"] as? Double ?? -1) >= 0)
        #expect(object["batch"] as? Int == (arguments.contains("--batch") ? 3 : 1))
    }

    @Test("The layers, in JSON and as a table")
    func layers() throws {
        let layers = try #require(try benchmark(["--json", "--layers"]).object["layers"] as? [[String: Any]])
        #expect(layers.count >= 2)
        for layer in layers {
            #expect(Set(layer.keys) == ["name", "kind", "method", "output", "ms", "gflops_per_second"])
            #expect((layer["ms"] as? Double ?? -1) >= 0)
            // Element, method and instruction set, as in f32/winograd4/avx512; what only copies has no element.
            let method = (layer["method"] as? String ?? "").split(separator: "/")
            #expect(method.count == 3 ? ["f32", "bf16", "u8"].contains(method[0]) : method.first == "copy", "\(layer)")
        }
        #expect(try benchmark(["--layers"]).text.contains("of peak"))
    }

    @Test("What each pass did, in JSON and as text")
    func passes() throws {
        let passes = try #require(
            try benchmark(["--json", "--layers", "--verbose"]).object["passes"] as? [[String: Any]])
        #expect(passes.compactMap { $0["pass"] as? String }.contains("sums"))
        #expect(passes.allSatisfy { $0["steps"] is [String] })
        let text = try benchmark(["--layers", "-v"]).text
        #expect(text.contains("bottlenecks") && text.contains("nothing"))
        #expect(try benchmark(["-v"]).exit == .status(2))
    }

    @Test("A float model is quantized for the benchmark alone, and it says so")
    func quantized() throws {
        let object = try benchmark(["--json", "--precision", "int8"]).object
        #expect(object["precision"] as? String == "int8" && object["calibration"] as? String == "noise")
        #expect(try benchmark(["--precision", "int8"]).text.contains("int8 (quantized here, on noise)"))
        #expect(try benchmark(["--json"]).object["calibration"] == nil)
    }

    @Test("Pre- and post-processing have their own tables")
    func processing() throws {
        for (name, rows) in [("pre", 3), ("post", 6)] {
            let object = try benchmark(["--json", "--\(name)-processing"]).object
            let found = object["\(name)_processing"] as? [[String: Any]]
            #expect(found?.count == rows)
            for row in found ?? [] {
                let times = try #require(row["ms_per_image"] as? [String: Double])
                let (least, median) = (times["min"] ?? 0, times["median"] ?? 0)
                #expect(0 < least && least <= median)
            }
            #expect(try benchmark(["--\(name)-processing"]).text.split(separator: "\n").count == rows + 2)
        }
    }

    @Test("What cannot be measured is refused")
    func refusals() throws {
        for arguments in [
            ["--batch", "0"], ["--duration", "0s"], ["--layers", "--mode", "throughput"], ["--precision", "fp8"],
            ["--pre-processing", "--post-processing"], ["--pre-processing", "--batch", "2"],
        ] {
            #expect(try benchmark(arguments).exit == .status(2), "\(arguments)")
        }
    }
}
