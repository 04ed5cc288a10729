import CKernels
import TestSupport
import Testing

@Suite("8-bit depthwise convolution: every instruction set gives the bytes of a naive loop")
struct QuantizedDepthwiseTests {
    @Test(arguments: 0..<160)
    func randomShapes(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(1000 + seed))
        var range = CaseRange(keepsChannels: true)
        range.inputChannels = seed % 3 == 0 ? 1...200 : 1...70
        range.kernels = [3, 3, 3, 3, 5, 7, 1]
        if seed % 2 == 0 { range.dilations = 1...1 }
        verify(WindowCase(range, using: &generator), using: &generator)
    }

    /// Rows longer than a strip of pixels, in every channel count around the blocks' widths.
    @Test(arguments: [1, 16, 24, 31, 32, 33, 48, 63, 64, 65, 96, 128] as [Int32], [1, 2] as [Int32])
    func longRows(channels: Int32, stride: Int32) {
        var generator = SeededGenerator(seed: UInt64(channels * 2 + stride))
        var test = WindowCase(CaseRange(keepsChannels: true), using: &generator)
        test.shape = ck_convolution_shape(
            input_height: 5, input_width: 41, input_channels: channels, output_height: 4 / stride + 1,
            output_width: 40 / stride + 1, output_channels: channels, kernel_height: 3, kernel_width: 3,
            stride_y: stride, stride_x: stride, dilation_y: 1, dilation_x: 1, padding_top: 1, padding_left: 1)
        (test.batch, test.inputStride, test.outputStride, test.cuts) = (1, Int(channels), Int(channels), [7])
        for _ in 0..<4 { verify(test, using: &generator) }
    }

    private func verify(_ test: WindowCase, using generator: inout SeededGenerator) {
        let layer = QuantizedLayer(
            weightCount: test.taps * test.outputChannels, terms: test.taps, channels: test.outputChannels,
            using: &generator)
        let inputs = (0..<test.batch).map { _ in randomBytes(test.inputCount, using: &generator) }
        let expected = reference(test, layer, inputs).map { test.laidOut($0, canary: 0xC3) }
        for isa in availableIsas {
            let (outputs, label) = layer.run(isa, test, inputs, isDepthwise: true)
            let isExact = outputs == expected
            #expect(isExact, "\(label): \(test), zero point \(layer.weightZeroPoint)")
        }
    }

    private func reference(_ test: WindowCase, _ layer: QuantizedLayer, _ inputs: [[UInt8]]) -> [[UInt8]] {
        let channels = test.outputChannels
        var outputs = [[UInt8]](repeating: .init(repeating: 0, count: test.outputPixels * channels), count: test.batch)
        test.forEachWindow { image, pixel, taps in
            for channel in 0..<channels {
                var sum: Int64 = 0
                for (tap, input) in taps {
                    let x = Int32(inputs[image][input * test.inputStride + channel]) - layer.inputZeroPoint
                    sum += Int64(x * (Int32(layer.weights[tap * channels + channel]) - layer.weightZeroPoint))
                }
                outputs[image][pixel * channels + channel] = layer.output(sum, channel: channel)
            }
        }
        return outputs
    }
}
