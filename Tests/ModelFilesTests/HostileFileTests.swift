import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Files that are cut short or have bytes changed: an error or a detector, never a crash.
@Suite("Hostile model files")
struct HostileFileTests {
    /// Whether the bytes are a detector; what it says of itself must hold.
    private func isDetector(_ bytes: [UInt8]) -> Bool {
        do throws(ModelFileError) {
            let detector = try TFLiteDetector(TFLiteFile(bytes: bytes))
            let network = detector.network
            #expect(network[detector.scores].shape.dimensions[0] == network[detector.locations].shape.dimensions[0])
            #expect((try? detector.defaultBoxes.boxes().count) == network[detector.scores].shape.dimensions[0])
            return true
        } catch {
            #expect(!error.description.isEmpty)
            return false
        }
    }

    /// Changes up to eight bytes below `limit`, each to a random one, to an extreme or by one bit.
    private func mutate(_ bytes: inout [UInt8], limit: Int, _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let index = Int.random(in: 0..<limit, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[index] = 0
            case 2: bytes[index] = 0xFF
            default: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
    }

    @Test("No truncation is a detector that it was not")
    func truncations() {
        let bytes = QuantizedFile.file()
        #expect(isDetector(bytes))
        // Only the buffers at the end can be missed by nobody; all else is followed.
        for length in 0..<bytes.count where isDetector(Array(bytes[..<length])) {
            #expect(bytes[length...].allSatisfy { $0 == 0 }, "\(length) of \(bytes.count) bytes")
        }
    }

    @Test("Changed bytes of a small detector", arguments: [false, true])
    func mutations(isSigned: Bool) {
        let original = QuantizedFile.file(isSigned: isSigned)
        var random = SeededGenerator(seed: isSigned ? 2 : 1)
        var valid = 0
        for _ in 0..<6000 {
            var bytes = original
            mutate(&bytes, limit: bytes.count, &random)
            if isDetector(bytes) { valid += 1 }
        }
        // Most of the file is structure and some is weights: the test looks at both sides.
        #expect((100...5900).contains(valid), "\(valid) of 6000 are detectors")
    }

    @Test("Changed 32-bit words, as offsets and counts are")
    func words() {
        let original = QuantizedFile.file()
        let extremes: [UInt32] = [0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x4000_0000, 0x0001_0000]
        var (trials, valid) = (0, 0)
        for position in stride(from: 0, to: original.count - 4, by: 4) {
            for extreme in extremes {
                var bytes = original
                bytes.replaceSubrange(position..<position + 4, with: little(extreme))
                trials += 1
                if isDetector(bytes) { valid += 1 }
            }
        }
        #expect((trials / 20...trials * 19 / 20).contains(valid), "\(valid) of \(trials) are detectors")
    }

    @Test("Detectors with changed bytes compile or are refused by the engine")
    func compiled() throws {
        let original = QuantizedFile.file()
        var random = SeededGenerator(seed: 3)
        var compiled = 0
        for _ in 0..<3000 {
            var bytes = original
            mutate(&bytes, limit: bytes.count, &random)
            guard let detector = try? TFLiteDetector(TFLiteFile(bytes: bytes)),
                detector.network.tensors.allSatisfy({ $0.size < 1 << 20 })
            else { continue }
            let names: [String?] = (0..<detector.output.classCount).map { "class \($0)" }
            let model = DetectionModel(
                name: "mutant", version: "0", architecture: detector.architecture, network: detector.network,
                locations: detector.locations, scores: detector.scores, preprocessing: detector.preprocessing,
                labels: try LabelMap(names: names, hasBackground: false), defaultBoxes: detector.defaultBoxes,
                coder: detector.coder, output: detector.output)
            guard let engine = try? InferenceEngine(model: model) else { continue }
            let input = engine.makeInput()
            input.withUnsafeMutableBytes { for index in $0.indices { $0[index] = UInt8(truncatingIfNeeded: index) } }
            _ = engine.detect([input], options: [DetectionOptions(scoreThreshold: 0)])
            compiled += 1
        }
        #expect(compiled > 100)
    }

    @Test(
        "Changed bytes of a published detector",
        .enabled(if: SharedFiles.exist("models/coco-ssd-mobilenet-v1/detect.tflite"), "\(SharedFiles.absence)"))
    func publishedMutations() throws {
        var bytes = try SharedFiles.bytes("models/coco-ssd-mobilenet-v1/detect.tflite")
        var random = SeededGenerator(seed: 4)
        for trial in 0..<2400 {
            // Of this file the graph lies at the end; the first constants, the default boxes among them, at the start.
            let region = trial % 2 == 0 ? 0..<65_536 : bytes.count - 40_960..<bytes.count
            var replaced: [(index: Int, byte: UInt8)] = []
            for _ in 0..<8 {
                let index = Int.random(in: region, using: &random)
                replaced.append((index, bytes[index]))
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            // The whole import copies 4 MB of weights; most trials stop at what the graph says of them.
            if trial % 30 < 2 { _ = isDetector(bytes) } else { readStructure(bytes) }
            for (index, byte) in replaced.reversed() { bytes[index] = byte }
        }
        #expect(isDetector(bytes))
    }

    /// Reads all that a file says of its tensors and operators.
    private func readStructure(_ bytes: [UInt8]) {
        guard let file = try? TFLiteFile(bytes: bytes) else { return }
        for tensor in file.tensors {
            if let range = try? file.data(of: tensor) { #expect(range.upperBound <= bytes.count) }
            _ = try? tensor.quantizationParameters(channels: tensor.shape.last ?? 1)
        }
        for index in 0..<file.operatorCount {
            guard let op = try? file.operator(index) else { continue }
            _ = try? FlexBufferMap(bytes, in: op.customOptions)
        }
    }
}
