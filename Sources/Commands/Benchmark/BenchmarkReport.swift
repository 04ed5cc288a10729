import Foundation
import JSON
import Engine

/// What a benchmark prints.
struct BenchmarkReport {
    let engine: InferenceEngine
    /// Whether the model is a float one that was quantized for the benchmark.
    let isQuantizedHere: Bool
    let mode: Benchmark.Mode
    let batch: Int
    let threads: Int
    let result: BenchmarkResult
    /// Whether to say what each pass did.
    let isVerbose: Bool

    private var median: Double { BenchmarkResult.quantile(result.millisecondsPerImage, 0.5) }
    private var minimum: Double { result.millisecondsPerImage.min() ?? 0 }
    private var percentile99: Double { BenchmarkResult.quantile(result.millisecondsPerImage, 0.99) }
    private var multiplyAdds: Double { Double(engine.model.network.multiplyAdds) }
    /// Two operations a multiply-add.
    private var gigaflops: Double { multiplyAdds * 2 * result.imagesPerSecond / 1e9 }

    func json() -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("architecture", engine.model.architecture)
            json.member("model", engine.model.name)
            json.member("precision", engine.precision.rawValue)
            if engine.precision == .bf16 { json.member("bf16_convolutions", engine.bfloat16Convolutions) }
            if isQuantizedHere { json.member("calibration", "noise") }
            json.member("mode", mode.rawValue)
            json.member("batch", batch)
            json.member("threads", threads)
            json.member("isa", engine.configuration.instructionSet.description)
            json.member("images_per_second", result.imagesPerSecond, decimals: 3)
            json.name("ms_per_image")
            json.object { json in
                json.member("median", median, decimals: 4)
                json.member("min", minimum, decimals: 4)
                json.member("p99", percentile99, decimals: 4)
            }
            json.member("gflops_per_second", gigaflops, decimals: 6)
            if isVerbose {
                json.name("passes")
                json.array { json in
                    for pass in engine.passes {
                        json.object { json in
                            json.member("pass", pass.pass)
                            json.name("steps")
                            json.array { json in for step in pass.steps { json.string(step) } }
                        }
                    }
                }
            }
            if !result.steps.isEmpty {
                json.name("layers")
                json.array { json in
                    for (step, times) in zip(engine.steps, result.steps) {
                        let milliseconds = BenchmarkResult.quantile(times, 0.5)
                        json.object { json in
                            json.member("name", step.name)
                            json.member("kind", step.kind)
                            json.member("method", step.method)
                            json.member("output", step.output.description)
                            json.member("ms", milliseconds, decimals: 5)
                            json.member("gflops_per_second", rate(step, milliseconds), decimals: 2)
                        }
                    }
                }
            }
        }
        return String(decoding: json.finish(), as: UTF8.self)
    }

    func text(endToEnd: Bool) -> String {
        let what = endToEnd ? "JPEG bytes to detections" : "network alone"
        let precision = engine.precision.rawValue + (isQuantizedHere ? " (quantized here, on noise)" : "")
        var text = "\(engine.model.name), \(precision), \(engine.configuration.instructionSet), "
        text += "\(threads) thread\(threads == 1 ? "" : "s"), batch \(batch), \(mode.rawValue), \(what)\n"
        if engine.precision == .bf16 {
            text +=
                "bf16              \(engine.bfloat16Convolutions) of \(engine.denseConvolutions) dense convolutions, "
                + "the others in fp32\n"
        }
        text += "images a second   \(result.imagesPerSecond.fixed(1))\n"
        text += "ms an image       median \(median.fixed(3)), min \(minimum.fixed(3)), p99 \(percentile99.fixed(3))\n"
        if !endToEnd { text += "arithmetic        \(gigaflops.fixed(1)) GFLOP/s\n" }
        if isVerbose { text += "\n" + passes() }
        if !result.steps.isEmpty { text += "\n" + table() }
        return text
    }

    private func passes() -> String {
        let width = engine.passes.map(\.pass.count).max() ?? 0
        return engine.passes.map { pass in
            let steps = pass.steps.isEmpty ? "nothing" : "\(pass.steps.count): \(pass.steps.joined(separator: ", "))"
            return pass.pass.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + steps + "\n"
        }.joined()
    }

    private func table() -> String {
        let isInt8 = engine.precision == .int8
        // What most of the arithmetic is held against.
        let instructionSet = engine.configuration.instructionSet
        let isBFloat16 = engine.bfloat16Convolutions * 2 > engine.denseConvolutions
        let single =
            isBFloat16 ? instructionSet.measuredBFloat16Peak() : instructionSet.measuredPeak(int8: isInt8)
        let peak = single * Double(threads) / 1e9
        var rows = [["layer", "kind", "method", "output", "ms", "share", "GFLOP/s", "of peak"]]
        let total = result.steps.reduce(0) { $0 + BenchmarkResult.quantile($1, 0.5) }
        for (step, times) in zip(engine.steps, result.steps) {
            let milliseconds = BenchmarkResult.quantile(times, 0.5)
            let rate = rate(step, milliseconds)
            rows.append([
                Self.shortened(step.name), step.kind, step.method, step.output.description, milliseconds.fixed(4),
                (milliseconds / total * 100).fixed(1) + " %", step.multiplyAdds > 0 ? rate.fixed(1) : "",
                step.multiplyAdds > 0 ? (rate / peak * 100).fixed(0) + " %" : "",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column < 4 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n") + "\n\nmeasured peak: \(peak.fixed(0)) GFLOP/s\n"
    }

    /// A name that is not too wide for a table: what goes is in the middle, since names differ at both ends.
    private static func shortened(_ name: String) -> String {
        let most = 44
        guard name.count > most else { return name }
        return name.prefix(most / 2 - 1) + "…" + name.suffix(most / 2)
    }

    private func rate(_ step: EngineStep, _ milliseconds: Double) -> Double {
        milliseconds > 0 ? Double(step.multiplyAdds) * 2 / milliseconds / 1e6 : 0
    }
}
