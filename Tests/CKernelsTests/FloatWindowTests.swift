import CKernels
import Foundation
import TestSupport
import Testing

/// The activations by their definitions, in double precision.
func referenceActivation(_ activation: ck_activation, _ x: Double) -> Double {
    switch activation {
    case CK_ACTIVATION_RELU: max(x, 0)
    case CK_ACTIVATION_RELU6: min(max(x, 0), 6)
    case CK_ACTIVATION_HARD_SWISH: x * min(max(x + 3, 0), 6) / 6
    case CK_ACTIVATION_HARD_SIGMOID: min(max(x + 3, 0), 6) / 6
    case CK_ACTIVATION_SIGMOID: 1 / (1 + exp(-x))
    default: x
    }
}

/// Every activation.
let allActivations: [ck_activation] = [
    CK_ACTIVATION_NONE, CK_ACTIVATION_RELU, CK_ACTIVATION_RELU6, CK_ACTIVATION_HARD_SWISH, CK_ACTIVATION_HARD_SIGMOID,
    CK_ACTIVATION_SIGMOID,
]

/// Random floats from -1 to 1.
func randomFloats(_ count: Int, using generator: inout SeededGenerator) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
}

@Suite("fp32 convolutions: every instruction set is within rounding of a naive loop in double precision")
struct FloatWindowTests {
    @Test(arguments: 0..<90)
    func convolution(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var range = CaseRange()
        if seed % 5 == 0 { (range.inputChannels, range.outputChannels) = (60...200, 90...150) }
        verify(WindowCase(range, using: &generator), isDepthwise: false, using: &generator)
    }

    /// The first layer of networks for phones: rows long enough for whole tiles, without gaps between pixels.
    @Test(arguments: 0..<24)
    func image(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(9000 + seed))
        var range = CaseRange(kernels: [3], dilations: 1...1, strides: seed % 4 == 0 ? 1...1 : 2...2, isSquare: true)
        (range.inputChannels, range.outputChannels, range.extents) = (3...3, 1...50, 20...70)
        var test = WindowCase(range, using: &generator)
        test.inputStride = 3
        verify(test, isDepthwise: false, using: &generator)
    }

    @Test(arguments: 0..<60)
    func winograd(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(4000 + seed))
        var range = CaseRange(kernels: [3], dilations: seed % 3 == 0 ? 2...4 : 1...1, strides: 1...1, isSquare: true)
        range.inputChannels = 32...90
        range.outputChannels = 16...100
        range.extents = seed % 2 == 0 ? 6...12 : 14...27
        verify(WindowCase(range, using: &generator), isDepthwise: false, using: &generator)
    }

    @Test func winogradIsChosen() {
        func method(extent: Int32, channels: Int32, stride: Int32 = 1) -> String {
            let output = (extent - 1) / stride + 1
            let shape = ck_convolution_shape(
                input_height: extent, input_width: extent, input_channels: channels, output_height: output,
                output_width: output, output_channels: 64, kernel_height: 3, kernel_width: 3, stride_y: stride,
                stride_x: stride, dilation_y: 1, dilation_x: 1, padding_top: 1, padding_left: 1)
            return Method(CK_ISA_PORTABLE, CK_ELEMENT_F32, shape, inputStride: Int(channels)).name
        }
        #expect(method(extent: 38, channels: 512) == "winograd4")
        #expect(method(extent: 10, channels: 256) == "winograd2")
        #expect(method(extent: 6, channels: 256) == "winograd2")
        #expect(method(extent: 300, channels: 3) == "windows")
        #expect(method(extent: 38, channels: 512, stride: 2) == "sums")
        #expect(method(extent: 3, channels: 256) == "sums")
    }

    @Test(arguments: 0..<90)
    func depthwise(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(2000 + seed))
        var range = CaseRange(keepsChannels: true)
        range.inputChannels = 1...90
        if seed % 3 == 0 { range.extents = 15...45 }
        range.kernels = [3, 3, 3, 5, 7, 1]
        if seed % 2 == 0 { range.dilations = 1...1 }
        verify(WindowCase(range, using: &generator), isDepthwise: true, using: &generator)
    }

    private func verify(_ test: WindowCase, isDepthwise: Bool, using generator: inout SeededGenerator) {
        let depth = isDepthwise ? 1 : test.inputChannels
        let weights = randomFloats(test.taps * depth * test.outputChannels, using: &generator)
        let bias = Bool.random(using: &generator) ? randomFloats(test.outputChannels, using: &generator) : nil
        let activation = allActivations.randomElement(using: &generator) ?? CK_ACTIVATION_NONE
        let inputs = (0..<test.batch).map { _ in randomFloats(test.inputCount, using: &generator) }
        let residualStride = test.outputChannels + 2
        let residuals =
            Bool.random(using: &generator)
            ? (0..<test.batch).map { _ in
                randomFloats((test.outputPixels - 1) * residualStride + test.outputChannels, using: &generator)
            } : nil

        // Beside each sum, the sum of its terms' magnitudes: what rounding is relative to.
        var expected = [[Double]](
            repeating: .init(repeating: 0, count: test.outputPixels * test.outputChannels), count: test.batch)
        var magnitudes = expected
        test.forEachWindow { image, pixel, taps in
            for output in 0..<test.outputChannels {
                var sum = Double(bias?[output] ?? 0)
                if let residuals { sum += Double(residuals[image][pixel * residualStride + output]) }
                var magnitude = abs(sum) + 1
                for (tap, input) in taps {
                    for channel in 0..<depth {
                        let source = input * test.inputStride + (isDepthwise ? output : channel)
                        let weight =
                            isDepthwise
                            ? tap * test.outputChannels + output : (output * test.taps + tap) * depth + channel
                        let term = Double(inputs[image][source]) * Double(weights[weight])
                        sum += term
                        magnitude += abs(term)
                    }
                }
                expected[image][pixel * test.outputChannels + output] = referenceActivation(activation, sum)
                magnitudes[image][pixel * test.outputChannels + output] = magnitude
            }
        }

        let canary: Float = 12345.5
        let guardedResiduals = residuals?.map { GuardedBuffer($0, filler: 0) }
        let residualPointers = guardedResiduals?.map { UnsafeRawPointer($0.address) as UnsafeRawPointer? }
        for isa in availableIsas {
            let method = Method(
                isa, CK_ELEMENT_F32, test.shape, isDepthwise: isDepthwise, inputStride: test.inputStride)
            let packed = method.packed(weights, bias)
            func run(_ residuals: UnsafePointer<UnsafeRawPointer?>?, _ test: WindowCase) -> [[Float]] {
                var layer = ck_convolution(
                    shape: test.shape, packed: packed, activation: activation, residuals: residuals,
                    residualStride: residualStride)
                return test.run(inputs: inputs, canary: canary, method) { method.run(&layer, $0) }
            }
            var whole = test
            whole.cuts = []
            let outputs =
                residualPointers.map { $0.withUnsafeBufferPointer { run($0.baseAddress, test) } } ?? run(nil, test)
            let uncut =
                residualPointers.map { $0.withUnsafeBufferPointer { run($0.baseAddress, whole) } } ?? run(nil, whole)
            let name = method.label
            #expect(outputs == uncut, "\(name), parts differ from the whole: \(test)")
            #expect(
                isClose(test, outputs, expected, magnitudes, canary),
                "\(name), activation \(activation.rawValue): \(test)")
        }
        withExtendedLifetime(guardedResiduals) {}
    }

    private func isClose(
        _ test: WindowCase, _ outputs: [[Float]], _ expected: [[Double]], _ magnitudes: [[Double]], _ canary: Float
    ) -> Bool {
        for image in 0..<test.batch {
            for (index, value) in outputs[image].enumerated() {
                let (pixel, channel) = index.quotientAndRemainder(dividingBy: test.outputStride)
                guard channel < test.outputChannels else {
                    if value != canary { return false }
                    continue
                }
                let at = pixel * test.outputChannels + channel
                // Hard swish grows by at most 1.5 times its argument's error.
                if !(abs(Double(value) - expected[image][at]) <= 1.5e-5 * magnitudes[image][at]) { return false }
            }
        }
        return true
    }
}
