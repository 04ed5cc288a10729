import CKernels
import TestSupport
import Testing

@Suite("8-bit convolution by Winograd's method: every instruction set gives the bytes of its definition")
struct WinogradConvolutionTests {
    @Test(arguments: 0..<80)
    func randomShapes(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var range = CaseRange(kernels: [3], dilations: 1...1, strides: 1...1, isSquare: true)
        switch seed % 5 {
        case 0: range.dilations = 2...7
        case 1: (range.inputChannels, range.outputChannels) = (64...150, 90...200)
        case 2: range.extents = 1...5
        default: break
        }
        verify(WindowCase(range, using: &generator), using: &generator)
    }

    /// Enough tiles for several chunks, cut at odd places.
    @Test(arguments: [(Int32(41), Int32(37), Int32(1)), (38, 50, 3)])
    func manyTiles(height: Int32, width: Int32, dilation: Int32) {
        var generator = SeededGenerator(seed: 7)
        var test = WindowCase(CaseRange(), using: &generator)
        test.shape = ck_convolution_shape(
            input_height: height, input_width: width, input_channels: 33, output_height: height, output_width: width,
            output_channels: 35, kernel_height: 3, kernel_width: 3, stride_y: 1, stride_x: 1, dilation_y: dilation,
            dilation_x: dilation, padding_top: dilation, padding_left: dilation)
        (test.batch, test.inputStride, test.outputStride) = (2, 33, 40)
        test.cuts = [1, 57, 58, 700, Int64(height * width) + 3]
        verify(test, using: &generator)
    }

    /// Every factor 1: transformed inputs leave the range of bytes on all sides.
    @Test(arguments: [UInt8(0), 255], [Int32(0), 255])
    func saturation(value: UInt8, zeroPoint: Int32) {
        var generator = SeededGenerator(seed: 11)
        var range = CaseRange(kernels: [3], dilations: 1...1, strides: 1...1, extents: 6...9, isSquare: true)
        (range.inputChannels, range.outputChannels) = (40...70, 17...40)
        let test = WindowCase(range, using: &generator)
        let factors = [Int16](repeating: .max, count: 16)
        verify(test, using: &generator, factors: factors, zeroPoint: zeroPoint) { index in
            index % 3 == 0 ? 255 - value : value
        }
    }

    /// Of inputs so small that their transforms are bytes as they are, the result is the convolution's but for the rounding
    /// of weights.
    @Test func nearness() {
        var generator = SeededGenerator(seed: 3)
        var range = CaseRange(kernels: [3], dilations: 1...1, strides: 1...1, extents: 12...14, isSquare: true)
        (range.inputChannels, range.outputChannels) = (64...64, 32...32)
        var test = WindowCase(range, using: &generator)
        (test.batch, test.inputStride, test.outputStride, test.cuts) = (1, 64, 32, [])
        var layer = quantizedLayer(test, using: &generator)
        layer.weights = layer.weights.map { _ in Int8.random(in: -100...100, using: &generator) }
        (layer.inputZeroPoint, layer.outputZeroPoint, layer.outputMin, layer.outputMax) = (0, 128, 0, 255)
        // The sums' standard deviation, 24 · 58 · 15.2, becomes 30 bytes.
        let multiplier = Int32(30 / (24 * 58 * 15.2) * 0x1p40)
        layer.multipliers = .init(repeating: multiplier, count: 32)
        layer.shifts = .init(repeating: -9, count: 32)
        let image = (0..<test.inputCount).map { _ in UInt8.random(in: 0...26, using: &generator) }
        let reference = WinogradReference(
            layer: layer, factors: .init(repeating: .max, count: 16), channels: 64, outputChannels: 32)
        let found = reference.output(image, test)
        var (difference, energy) = (0.0, 0.0)
        test.forEachWindow { _, pixel, taps in
            for output in 0..<32 {
                var sum = 0
                for (tap, input) in taps {
                    for channel in 0..<64 {
                        sum += Int(image[input * 64 + channel]) * Int(layer.weights[(output * 9 + tap) * 64 + channel])
                    }
                }
                let direct = Double(layer.output(Int64(sum), channel: output))
                let off = direct - Double(found[pixel * 32 + output])
                difference += off * off
                energy += (direct - 128) * (direct - 128)
            }
        }
        #expect((difference / energy).squareRoot() < 0.05)
    }

    private func quantizedLayer(_ test: WindowCase, using generator: inout SeededGenerator) -> QuantizedLayer {
        let terms = test.taps * test.inputChannels
        return QuantizedLayer(
            weightCount: terms * test.outputChannels, terms: terms, channels: test.outputChannels, using: &generator)
    }

    private func verify(
        _ test: WindowCase, using generator: inout SeededGenerator, factors: [Int16]? = nil, zeroPoint: Int32? = nil,
        byte: ((Int) -> UInt8)? = nil
    ) {
        var layer = quantizedLayer(test, using: &generator)
        layer.weightZeroPoint = 0
        if let zeroPoint { layer.inputZeroPoint = zeroPoint }
        // The bias in the sums' scale may be beyond 32 bits.
        if Int.random(in: 0..<4, using: &generator) == 0 {
            layer.bias = (0..<test.outputChannels).map { _ in
                oneOf([.max, -.max, Int32.random(in: -1 << 30...1 << 30, using: &generator)], using: &generator)
            }
        }
        // A channel of zeros has no scale of its own.
        if Int.random(in: 0..<4, using: &generator) == 0 {
            for index in 0..<test.taps * test.inputChannels { layer.weights[index] = 0 }
        }
        let isUsual = Int.random(in: 0..<4, using: &generator) > 0
        let factors =
            factors ?? (0..<16).map { _ in Int16.random(in: isUsual ? 4000...20000 : 1...32767, using: &generator) }
        let inputs = (0..<test.batch).map { _ in
            byte.map { (0..<test.inputCount).map($0) } ?? randomBytes(test.inputCount, using: &generator)
        }
        let reference = WinogradReference(
            layer: layer, factors: factors, channels: test.inputChannels, outputChannels: test.outputChannels)
        let expected = inputs.map { test.laidOut(reference.output($0, test), canary: 0xC3) }
        for isa in availableIsas {
            let (outputs, label) = layer.run(isa, test, inputs, factors: factors)
            #expect(label.hasPrefix("u8/winograd2/"))
            let isExact = outputs == expected
            #expect(isExact, "\(label): \(test)")
        }
    }
}
