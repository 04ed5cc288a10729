import MultiBox
import Networks
import Quantization
import TestSupport
import Testing
import Training

/// Training that computes as bytes will.
@Suite struct ByteSimulationTests {
    /// One whose 0 is a byte, so that padding is the same in both.
    private static let normalization = Preprocessing.Normalization.affine(
        scale: [1 / 128, 1 / 128, 1 / 128], bias: [-1, -1, -1])

    private func difference(_ values: [Float], _ expected: [Float]) -> Float {
        let squares = zip(values, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (squares / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    @Test func `a batch is as far from that of floats as that of bytes is`() throws {
        let model = try QuantizableModel.make(normalization: Self.normalization, hasCurves: false)
        let photo = QuantizableModel.photo(1)
        // Its ranges are those of the one photo, as those of training are of the batch.
        let quantizer = try ModelQuantizer(model, equalizes: false)
        let input = quantizer.makeInput()
        QuantizableModel.fill(input, photo, model.preprocessing)
        quantizer.observe(input)
        let bytes = try QuantizableModel.rawOutputs(try quantizer.quantized(range: .minmax), photo)
        let floats = try QuantizableModel.rawOutputs(model, photo)
        let interpreter = try TrainingInterpreter(network: TrainableDetector(model).model.network)
        interpreter.simulatesBytes = true
        let values = photo.map { Float($0) / 128 - 1 }
        var parameters = model.network.trainingParameters()
        values.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
        for (output, expected) in [
            (0, (bytes.locations, floats.locations)), (1, (bytes.scores, floats.scores)),
        ] {
            let simulated = interpreter.withOutput(output) { Array($0) }
            // Ranges are of the floats there and of what was rounded before here, so that roundings differ one by one.
            let (error, whole) = (difference(simulated, expected.1), difference(expected.0, expected.1))
            #expect(whole > 0.003 && error > whole / 2 && error < whole * 2, "\(error), in bytes \(whole)")
        }
        #expect(parameters == model.network.trainingParameters(), "what is trained are the floats")
    }

    /// y = w·x with ∂L/∂y = 1 has ∂L/∂w = Σx and ∂L/∂x = w, of which the roundings are only in w.
    @Test func `gradients are those by the floats, through the weights that ran`() throws {
        let b = TrainableNetworkBuilder(input: try TensorShape(height: 4, width: 4, channels: 3), seed: 9)
        let first = try b.convolution(
            b.inputTensor, window: Window(kernel: 1), outputChannels: 4, hasBias: false, name: "first")
        let last = try b.convolution(first, window: Window(kernel: 1), outputChannels: 2, hasBias: false, name: "last")
        let network = b.build(outputs: [last])
        let input = FormulaArray.values("photo", count: 48, -1, 1)
        let ones = [Float](repeating: 1, count: 32)
        func gradients(simulated: Bool, _ start: [TrainingParameter]) throws -> [[Float]] {
            var parameters = start
            let interpreter = try TrainingInterpreter(network: network)
            interpreter.simulatesBytes = simulated
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
            return ones.withUnsafeBufferPointer {
                interpreter.backward(outputGradients: [$0], parameters: parameters)
            }
        }
        let floats = network.trainingParameters()
        var rounded = floats
        for (index, channels) in [4, 2].enumerated() {
            let scales = ChannelScales(floats[index].values, channels: channels, isDense: true)
            rounded[index].values = scales.rounded(floats[index].values)
            #expect(rounded[index].values != floats[index].values)
            for (value, near) in zip(floats[index].values, rounded[index].values) {
                #expect(abs(value - near) <= (scales.values.max() ?? 0) / 2 * 1.0001)
            }
        }
        let simulated = try gradients(simulated: true, floats)
        #expect(try simulated[0] == gradients(simulated: false, rounded)[0])
        #expect(try simulated[0] != gradients(simulated: false, floats)[0])
    }

    @Test func `running statistics move as they do without`() throws {
        let detector = try TinyDetector.make()
        let network = detector.model.network
        let input = FormulaArray.values("photos", count: 2 * network[network.input].shape.elementCount, -1, 1)
        let interpreter = try TrainingInterpreter(network: network)
        interpreter.simulatesBytes = true
        var parameters = detector.parameters
        input.withUnsafeBufferPointer { interpreter.forward($0, images: 2, parameters: &parameters) }
        for (before, after) in zip(detector.parameters, parameters) {
            #expect((before.values != after.values) == (before.treatment == .statistic), "\(before.name)")
        }
    }

    @Test(arguments: [Float.nan, .infinity]) func `what has diverged is not rounded away`(value: Float) throws {
        let detector = try TinyDetector.make()
        let network = detector.model.network
        let input = FormulaArray.values("photos", count: network[network.input].shape.elementCount, -1, 1)
        let interpreter = try TrainingInterpreter(network: network)
        interpreter.simulatesBytes = true
        for name in ["scores.weight", "scores.bias"] {
            var parameters = detector.parameters
            let index = try #require(parameters.firstIndex { $0.name == name })
            parameters[index].values[0] = value
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
            #expect(interpreter.withOutput(1) { $0.contains { !$0.isFinite } }, "\(name)")
        }
    }
}
