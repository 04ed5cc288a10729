import CKernels
import TestSupport
import Testing

@Suite("bfloat16 convolutions: every instruction set is within rounding of a naive loop over rounded numbers")
struct BFloat16ConvolutionTests {
    /// Those with kernels of their own.
    static let isas = availableIsas.filter {
        [CK_ISA_PORTABLE, CK_ISA_AVX512, CK_ISA_AMX, CK_ISA_AMX_EMULATED].contains($0)
    }

    @Test(arguments: 0..<80)
    func convolution(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(9000 + seed))
        var range = CaseRange()
        switch seed % 4 {
        case 0: range.inputChannels = 1...31  // rows of windows
        case 1: (range.kernels, range.strides, range.dilations) = ([3], 1...1, 1...1)
        case 2: (range.inputChannels, range.outputChannels) = (60...140, 1...100)
        default: range.strides = 1...3
        }
        verify(WindowCase(range, using: &generator), using: &generator)
    }

    /// The first layers of networks for phones: rows of windows that begin at pairs.
    @Test(arguments: 0..<40)
    func fewChannels(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(9300 + seed))
        var range = CaseRange(kernels: [2, 3, 5], dilations: 1...1, strides: 2...2)
        (range.inputChannels, range.outputChannels, range.extents) = (1...8, 1...40, 1...(seed % 2 == 0 ? 9 : 40))
        verify(WindowCase(range, using: &generator), using: &generator)
    }

    /// Inputs beyond what one strip holds.
    @Test(arguments: 0..<6)
    func manyStrips(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(9500 + seed))
        var range = CaseRange(kernels: [seed % 3 == 0 ? 1 : 3], dilations: 1...1, strides: 1...2)
        (range.inputChannels, range.outputChannels, range.extents) = (90...100, 1...3, 70...80)
        verify(
            WindowCase(range, using: &generator), isas: Self.isas.filter { $0 != CK_ISA_PORTABLE }, using: &generator)
    }

    /// Rows so long that a strip holds one of output, and more than the usual number of tiles.
    @Test func longRows() {
        var generator = SeededGenerator(seed: 9600)
        var test = WindowCase(CaseRange(), using: &generator)
        test.shape = ck_convolution_shape(
            input_height: 3, input_width: 4500, input_channels: 40, output_height: 3, output_width: 4500,
            output_channels: 2, kernel_height: 3, kernel_width: 3, stride_y: 1, stride_x: 1, dilation_y: 1,
            dilation_x: 1, padding_top: 1, padding_left: 1)
        (test.batch, test.inputStride, test.outputStride, test.cuts) = (1, 40, 2, [4000, 5000])
        verify(test, isas: Self.isas.filter { $0 != CK_ISA_PORTABLE }, using: &generator)
    }

    /// The float of a bfloat16 is the upper half of its bits.
    static func rounded(_ x: Float) -> Float {
        let bits = x.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }

    private func verify(_ test: WindowCase, isas: [ck_isa] = Self.isas, using generator: inout SeededGenerator) {
        let weights = randomFloats(test.taps * test.inputChannels * test.outputChannels, using: &generator)
        let bias = Bool.random(using: &generator) ? randomFloats(test.outputChannels, using: &generator) : nil
        let activation = allActivations.randomElement(using: &generator) ?? CK_ACTIVATION_NONE
        let inputs = (0..<test.batch).map { _ in randomFloats(test.inputCount, using: &generator) }
        let residualStride = test.outputChannels + 2
        let residuals =
            Bool.random(using: &generator)
            ? (0..<test.batch).map { _ in
                randomFloats((test.outputPixels - 1) * residualStride + test.outputChannels, using: &generator)
            } : nil
        let roundedWeights = weights.map(Self.rounded), roundedInputs = inputs.map { $0.map(Self.rounded) }

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
                    let weight = (output * test.taps + tap) * test.inputChannels
                    for channel in 0..<test.inputChannels {
                        let term =
                            Double(roundedInputs[image][input * test.inputStride + channel])
                            * Double(roundedWeights[weight + channel])
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
        for isa in isas {
            let method = Method(isa, CK_ELEMENT_BF16, test.shape, inputStride: test.inputStride)
            let packed = method.packed(weights, bias)
            func run(_ residuals: UnsafePointer<UnsafeRawPointer?>?, _ test: WindowCase) -> [[Float]] {
                var layer = ck_convolution(
                    shape: test.shape, packed: packed, activation: activation, residuals: residuals,
                    residualStride: residualStride)
                return test.run(inputs: inputs, canary: canary, method) { method.run(&layer, $0) }
            }
            func run(_ test: WindowCase) -> [[Float]] {
                residualPointers.map { $0.withUnsafeBufferPointer { run($0.baseAddress, test) } } ?? run(nil, test)
            }
            var whole = test
            whole.cuts = []
            let outputs = run(test), uncut = run(whole)
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
                if !(abs(Double(value) - expected[image][at]) <= 1.5e-5 * magnitudes[image][at]) { return false }
            }
        }
        return true
    }
}
