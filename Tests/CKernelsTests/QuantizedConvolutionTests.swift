import CKernels
import TestSupport
import Testing

@Suite("8-bit convolution: every instruction set gives the bytes of a naive loop")
struct QuantizedConvolutionTests {
    @Test(arguments: 0..<120)
    func randomShapes(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var range = CaseRange()
        switch seed % 6 {
        case 0: range.inputChannels = 1...4
        case 1: (range.inputChannels, range.outputChannels) = (64...260, 90...200)
        default: break
        }
        let test = WindowCase(range, using: &generator)
        verify(test, using: &generator)
    }

    /// Large kernels and single-pixel maps, and enough pixels for several chunks of work.
    @Test(arguments: [(1, 1, 520, 3), (60, 70, 8, 1), (70, 90, 20, 1), (2, 2, 256, 3)])
    func unusualSizes(height: Int32, width: Int32, channels: Int32, kernel: Int32) {
        var generator = SeededGenerator(seed: 99)
        var test = WindowCase(CaseRange(), using: &generator)
        test.shape = ck_convolution_shape(
            input_height: height, input_width: width, input_channels: channels, output_height: height,
            output_width: width, output_channels: 100, kernel_height: kernel, kernel_width: kernel, stride_y: 1,
            stride_x: 1, dilation_y: 1, dilation_x: 1, padding_top: kernel / 2, padding_left: kernel / 2)
        (test.batch, test.inputStride, test.outputStride, test.cuts) = (1, Int(channels), 100, [])
        verify(test, using: &generator)
    }

    private func verify(_ test: WindowCase, using generator: inout SeededGenerator) {
        let terms = test.taps * test.inputChannels
        let layer = QuantizedLayer(
            weightCount: terms * test.outputChannels, terms: terms, channels: test.outputChannels, using: &generator)
        let inputs = (0..<test.batch).map { _ in randomBytes(test.inputCount, using: &generator) }
        let expected = reference(test, layer, inputs).map { test.laidOut($0, canary: 0xC3) }
        for isa in availableIsas {
            let (outputs, label) = layer.run(isa, test, inputs)
            let isExact = outputs == expected
            #expect(isExact, "\(label): \(test)")
        }
    }

    private func reference(_ test: WindowCase, _ layer: QuantizedLayer, _ inputs: [[UInt8]]) -> [[UInt8]] {
        let channels = test.inputChannels
        var outputs = [[UInt8]](
            repeating: .init(repeating: 0, count: test.outputPixels * test.outputChannels), count: test.batch)
        test.forEachWindow { image, pixel, taps in
            for output in 0..<test.outputChannels {
                var sum: Int64 = 0
                for (tap, input) in taps {
                    for channel in 0..<channels {
                        let x = Int32(inputs[image][input * test.inputStride + channel]) - layer.inputZeroPoint
                        let w = Int32(layer.weights[(output * test.taps + tap) * channels + channel])
                        sum += Int64(x * (w - layer.weightZeroPoint))
                    }
                }
                outputs[image][pixel * test.outputChannels + output] = layer.output(sum, channel: output)
            }
        }
        return outputs
    }
}
