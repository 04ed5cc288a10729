import EmulatedTiles
import ModelFiles
import Engine
import Networks
import Quantization

/// Prints what must not change when only the house is rebuilt: for each network, precision and instruction set, a digest of the
/// raw outputs, the bytes of the arena and of the packed weights, and the steps of the plan. Two builds are compared by `diff`.
@main
enum Oracles {
    static func main() throws {
        for (name, model) in try detectors() {
            for instructionSet in InstructionSet.available + [.emulatedTiles] {
                for precision in FloatPrecision.allCases where precision == .fp32 || model.precision == .fp32 {
                    try print(name, model, instructionSet, precision)
                }
            }
        }
    }

    /// Architectures with weights made by a formula, in floats and in bytes, the built-in detector, which is a small SSD, and
    /// those whose files are named on the command line.
    private static func detectors() throws -> [(String, DetectionModel)] {
        var detectors: [(String, DetectionModel)] = []
        for architecture in SSDArchitecture.allCases where ![.ssd512VGG16, .smallSSD300].contains(architecture) {
            let model = try SSDConfiguration.published(architecture, classCount: nil).model(
                name: architecture.rawValue, version: "synthetic", provenance: [], parameters: SyntheticParameters())
            detectors.append((architecture.rawValue, model))
            detectors.append((architecture.rawValue + "-int8", try quantized(model)))
        }
        let builtIn = try EmbeddedModel.load()
        detectors.append(("built-in", builtIn))
        if builtIn.precision == .int8 { detectors.append(("built-in-floats", try builtIn.inFloats())) }
        for path in CommandLine.arguments.dropFirst() {
            detectors.append((String(path.split(separator: "/").last ?? ""), try ModelFile.load(path: path)))
        }
        return detectors
    }

    private static func quantized(_ model: DetectionModel) throws -> DetectionModel {
        let quantizer = try ModelQuantizer(model)
        let input = quantizer.makeInput()
        input.withUnsafeMutableBytes { fill($0, model, image: 7) }
        quantizer.observe(input)
        return try quantizer.quantized(winograd: true)
    }

    private static func print(
        _ name: String, _ model: DetectionModel, _ instructionSet: InstructionSet, _ precision: FloatPrecision
    ) throws {
        // The emulation and the portable kernels are slow on large networks.
        let isSlow = instructionSet.name == "portable" || instructionSet.name.hasSuffix("emulated")
        let images = isSlow ? 1 : 3
        let engine = try InferenceEngine(
            model: model,
            configuration: EngineConfiguration(
                instructionSet: instructionSet, precision: precision, threadsPerStream: 2, maximumBatchSize: 3))
        let inputs = (0..<images).map { image in
            let input = engine.makeInput()
            input.withUnsafeMutableBytes { fill($0, model, image: image) }
            return input
        }
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ bits: UInt64) { digest = (digest ^ bits) &* 0x100_0000_01B3 }
        for raw in engine.rawOutputs(inputs) {
            for value in raw.locations + raw.scores { add(UInt64(value.bitPattern)) }
        }
        var steps: UInt64 = 0xCBF2_9CE4_8422_2325
        for step in engine.steps {
            for byte in "\(step.name) \(step.kind) \(step.output)".utf8 {
                steps = (steps ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        Swift.print(
            name, precision.rawValue, instructionSet.name, "outputs", String(digest, radix: 16), "arena",
            engine.arenaBytes,
            "weights", engine.weightBytes, "steps", engine.steps.count, String(steps, radix: 16))
    }

    /// Noise, the same for an image everywhere.
    private static func fill(_ bytes: UnsafeMutableRawBufferPointer, _ model: DetectionModel, image: Int) {
        var state = UInt64(image + 1)
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
        switch model.preprocessing.normalization {
        case .bytes: for index in bytes.indices { bytes[index] = next() }
        case .affine(let scale, let bias):
            let values = bytes.bindMemory(to: Float.self)
            for index in values.indices { values[index] = Float(next()) * scale[index % 3] + bias[index % 3] }
        }
    }
}
