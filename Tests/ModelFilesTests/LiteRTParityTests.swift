import ModelFiles
import Engine
import TestSupport
import Testing

/// The raw outputs of a widely used quantized detector against those of LiteRT, on the exact input bytes.
@Suite(.enabled(if: SharedFiles.exist("golden"), Comment(rawValue: SharedFiles.absence)))
struct LiteRTParityTests {
    @Test(arguments: ["000000005001", "000000006818", "000000030213"])
    func `raw outputs are LiteRT's to the quantization step`(photo: String) throws {
        let model = try ModelFile.load(path: SharedFiles.path("models/coco-ssd-mobilenet-v1/detect.tflite"))
        let golden = try NumpyArchive(SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_litert_heads.npz"))
        for instructionSet in InstructionSet.available {
            let engine = try InferenceEngine(
                model: model, configuration: EngineConfiguration(instructionSet: instructionSet))
            let input = engine.makeInput()
            let pixels = try golden.bytes(photo + "_input_u8")
            input.withUnsafeMutableBytes { $0.copyBytes(from: pixels) }
            let found = engine.rawOutputs([input])[0]
            check(found.locations, try golden.floats(photo + "_box_enc"), "locations, \(instructionSet)")
            check(found.scores, try golden.floats(photo + "_cls_sigmoid"), "scores, \(instructionSet)")
        }
    }

    /// At least 99.9 % of the values are equal, and none is further off than one quantization step.
    private func check(_ found: [Float], _ expected: [Float], _ what: Comment) {
        #expect(found.count == expected.count, what)
        // The step is the least distance of two values that occur.
        let values = Set(expected).sorted()
        let step = zip(values, values.dropFirst()).reduce(Float.infinity) { min($0, $1.1 - $1.0) }
        let errors = zip(found, expected).map { abs($0 - $1) }
        let equal = errors.count { $0 < step / 4 }
        let worst = errors.max() ?? .infinity
        #expect(equal * 1000 >= 999 * expected.count, "\(what): \(equal) of \(expected.count) are equal")
        #expect(worst < step * 1.25, "\(what): the furthest is \(worst / step) steps off")
    }
}
