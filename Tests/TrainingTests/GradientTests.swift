import Networks
import TestSupport
import Testing
import Training

/// Every layer's output against the plain reference, its gradient against the reference's finite differences.
@Suite struct GradientTests {
    @Test(arguments: GradientSubject.allCases, [1, 3])
    func `outputs and gradients are the reference's`(subject: GradientSubject, images: Int) throws {
        let network = try subject.network()
        let testCase = NetworkCase(network, images: images, seed: UInt64(images) + 40)
        let (outputs, gradients, _) = try testCase.run()
        #expect(!outputs.isEmpty && outputs.count == testCase.referenceOutputs().count)
        for (found, expected) in zip(outputs, testCase.referenceOutputs()) {
            #expect(found.count == expected.count)
            #expect(relativeDifference(found.map(Double.init), expected) < 1e-5)
        }
        let slopes = testCase.referenceSlopes(perParameter: 6, seed: 7)
        #expect(slopes.count >= network.parameters.count)
        let largest = slopes.reduce(1) { max($0, $1.slope.magnitude) }
        for (parameter, element, slope) in slopes {
            let found = Double(gradients[parameter][element])
            #expect(
                (found - slope).magnitude < 2e-4 * largest,
                "\(testCase.parameters[parameter].name)[\(element)]: \(found), not \(slope)")
        }
    }

    @Test(arguments: GradientSubject.allCases)
    func `results do not depend on the number of threads`(subject: GradientSubject) throws {
        let testCase = NetworkCase(try subject.network(), images: 4, seed: 9)
        let one = try testCase.run(threads: 1)
        for threads in [2, 3, 7] {
            let many = try testCase.run(threads: threads)
            #expect(many.outputs == one.outputs && many.gradients == one.gradients)
            #expect(many.parameters == one.parameters)
        }
    }

    @Test func `a layer of many pixels, in several partial sums`() throws {
        let b = TrainableNetworkBuilder(input: try TensorShape(height: 70, width: 64, channels: 2))
        let x = try b.convolution(b.inputTensor, window: Window(kernel: 3, padding: 1), outputChannels: 3, name: "a")
        let y = try b.convolution(x, window: Window(kernel: 3, stride: 2, padding: 1), outputChannels: 2, name: "b")
        let testCase = NetworkCase(b.build(outputs: [y]), images: 2, seed: 3)
        let (_, gradients, _) = try testCase.run()
        let slopes = testCase.referenceSlopes(perParameter: 3, seed: 1)
        #expect(!slopes.isEmpty)
        let largest = slopes.reduce(1) { max($0, $1.slope.magnitude) }
        for (parameter, element, slope) in slopes {
            #expect((Double(gradients[parameter][element]) - slope).magnitude < 2e-4 * largest)
        }
    }

    @Test func `running statistics approach the data's`() throws {
        let b = TrainableNetworkBuilder(input: try TensorShape(height: 8, width: 8, channels: 2))
        let y = try b.batchNormalization(b.inputTensor, momentum: 0.5, name: "n")
        let network = b.build(outputs: [y])
        var parameters = network.trainingParameters()
        var random = RandomStream(seed: 5)
        let input = (0..<2 * 64 * 2).map { Float($0 % 2) * 3 + random.number(in: -1...1) }
        let interpreter = try TrainingInterpreter(network: network, threads: 1)
        for _ in 0..<30 {
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 2, parameters: &parameters) }
        }
        for channel in 0..<2 {
            let column = stride(from: channel, to: input.count, by: 2).map { input[$0] }
            let mean = column.reduce(0, +) / 128
            let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 127
            #expect((parameters[2].values[channel] - mean).magnitude < 1e-5)
            #expect((parameters[3].values[channel] - variance).magnitude < 1e-5)
        }
    }

    @Test func `what cannot be trained is refused by name`() throws {
        func refusal(_ network: Network) -> String {
            do throws(NetworkError) {
                _ = try TrainingInterpreter(network: network, threads: 1)
                return ""
            } catch { return error.description }
        }
        let shape = try TensorShape(height: 8, width: 8, channels: 3)
        let b = TrainableNetworkBuilder(input: shape)
        let both = try b.convolution(
            b.inputTensor, window: Window(kernel: 3, stride: 2, dilation: 2), outputChannels: 2, name: "both")
        #expect(
            refusal(b.build(outputs: [both]))
                == "layer both: window has both strides and dilation, which cannot be trained")
        var builder = NetworkBuilder(input: shape, element: .float32)
        let bytes = try builder.convert(
            builder.inputTensor, to: .uint8(try #require(Quantization(scale: 1, zeroPoint: 0))), name: "bytes")
        #expect(
            refusal(builder.build(outputs: [bytes])) == "layer bytes: a quantized network cannot be trained")
    }
}
