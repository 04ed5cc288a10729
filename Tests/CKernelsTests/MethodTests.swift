import CKernels
import TestSupport
import Testing

@Suite("A layer's method is the first that suits, and each method that suits computes the layer")
struct MethodTests {
    @Test func ordered() {
        let shape = ck_convolution_shape()
        func names(_ element: ck_element, isDepthwise: Bool = false) -> [String] {
            Method.all(CK_ISA_PORTABLE, element, shape, isDepthwise: isDepthwise).map(\.name)
        }
        #expect(names(CK_ELEMENT_F32) == ["winograd4", "winograd2", "pixel", "pointwise", "windows", "sums"])
        #expect(names(CK_ELEMENT_BF16) == ["pointwise", "windows", "strips"])
        #expect(names(CK_ELEMENT_U8) == ["winograd2", "strips", "pointwise", "windows", "sums"])
        for element in [CK_ELEMENT_F32, CK_ELEMENT_BF16, CK_ELEMENT_U8] {
            #expect(names(element, isDepthwise: true) == ["depthwise"])
        }
    }

    /// What people are shown.
    @Test func labels() {
        let shape = ck_convolution_shape(
            input_height: 38, input_width: 38, input_channels: 512, output_height: 38, output_width: 38,
            output_channels: 64, kernel_height: 3, kernel_width: 3, stride_y: 1, stride_x: 1, dilation_y: 1,
            dilation_x: 1, padding_top: 1, padding_left: 1)
        #expect(Method(CK_ISA_PORTABLE, CK_ELEMENT_F32, shape, inputStride: 512).label == "f32/winograd4/portable")
        #expect(Method(CK_ISA_PORTABLE, CK_ELEMENT_BF16, shape, inputStride: 512).label == "bf16/strips/portable")
    }

    /// The rules that the lists stand for, but for where Winograd's method takes less time than sums.
    @Test(arguments: 0..<10)
    func chosen(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(12000 + seed))
        var found: [String: Int] = [:]
        for _ in 0..<1000 {
            var range = CaseRange()
            if Bool.random(using: &generator) { range.inputChannels = 1...20 }
            if Int.random(in: 0..<5, using: &generator) == 0 { range.extents = 1...1 }
            let test = WindowCase(range, using: &generator)
            var shape = test.shape
            let isDense = test.inputStride == test.inputChannels
            let isPointwise = Self.isPointwise(shape)
            var quantized = ck_layer_f32(&shape, 0, test.inputStride)
            quantized.zero_point_folds = Int32.random(in: 0...1, using: &generator)
            quantized.scaling_is_moderate = Int32.random(in: 0...1, using: &generator)
            quantized.has_winograd_factors = Int32.random(in: 0...1, using: &generator)
            for isa in availableIsas {
                let float = Method(isa, CK_ELEMENT_F32, test.shape, inputStride: test.inputStride).name
                if float != "winograd4", float != "winograd2" {
                    let isOnePixel = test.outputPixels == 1
                    let hasFewChannels = test.taps > 1 && test.inputChannels < 16
                    #expect(
                        float
                            == (isPointwise
                                ? isOnePixel ? "pixel" : "pointwise"
                                : hasFewChannels && isDense && shape.dilation_x == 1 ? "windows" : "sums"))
                }
                guard let byte = Method(isa, CK_ELEMENT_U8, quantized)?.name else {
                    Issue.record("no method for \(test)")
                    continue
                }
                let isWinograd =
                    quantized.has_winograd_factors != 0 && shape.kernel_height == 3 && shape.kernel_width == 3
                    && shape.stride_y == 1 && shape.stride_x == 1 && shape.dilation_y == shape.dilation_x
                #expect((byte == "winograd2") == isWinograd)
                let hasTiles = isa == CK_ISA_AMX || isa == CK_ISA_AMX_EMULATED
                #expect((byte == "strips") == (hasTiles && !isWinograd))
                if byte == "pointwise" || byte == "windows" {
                    #expect(quantized.zero_point_folds != 0 && quantized.scaling_is_moderate != 0)
                    #expect(byte == "windows" ? isDense && shape.dilation_x == 1 : isPointwise)
                }
                found["f32/" + float, default: 0] += 1
                found["u8/" + byte, default: 0] += 1
            }
        }
        for name in ["f32/pixel", "f32/pointwise", "f32/windows", "f32/sums", "u8/winograd2", "u8/strips", "u8/sums"] {
            #expect(found[name, default: 0] > 10, "\(name) is hardly met: \(found)")
        }
    }

    /// All direct methods of bytes give the same.
    @Test(arguments: 0..<120)
    func bytesAgree(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(13000 + seed))
        var range = CaseRange()
        if seed % 3 == 0 { (range.kernels, range.strides) = ([1], 1...1) }
        if seed % 3 == 1 { (range.inputChannels, range.dilations) = (1...15, 1...1) }
        var test = WindowCase(range, using: &generator)
        if seed % 2 == 0 { test.inputStride = test.inputChannels }
        let terms = test.taps * test.inputChannels
        var layer = QuantizedLayer(
            weightCount: terms * test.outputChannels, terms: terms, channels: test.outputChannels, using: &generator)
        if seed % 4 != 0 {
            layer.weightZeroPoint = 0
            layer.shifts = layer.shifts.map { min($0, -2) }
        }
        let inputs = (0..<test.batch).map { _ in randomBytes(test.inputCount, using: &generator) }
        let description = layer.description(of: test)
        var expected: [[UInt8]]?
        for isa in availableIsas {
            for method in Method.all(isa, CK_ELEMENT_U8, test.shape) where method.suits(description) {
                let found = layer.run(method, test, inputs)
                let isSame = found == expected ?? found
                #expect(isSame, "\(method.label): \(test)")
                expected = expected ?? found
            }
        }
        #expect(expected != nil)
    }

    /// Direct methods of floats differ in the order of their sums alone, as do Winograd's by a little more.
    @Test(arguments: 0..<90)
    func floatsAgree(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(14000 + seed))
        var range = CaseRange()
        switch seed % 3 {
        case 0: (range.kernels, range.strides) = ([1], 1...1)
        case 1: (range.inputChannels, range.dilations) = (1...15, 1...1)
        default: (range.kernels, range.strides, range.dilations, range.inputChannels) = ([3], 1...1, 1...1, 24...70)
        }
        if seed % 6 == 0 { range.extents = 1...1 }
        var test = WindowCase(range, using: &generator)
        if seed % 2 == 0 { test.inputStride = test.inputChannels }
        let weights = randomFloats(test.taps * test.inputChannels * test.outputChannels, using: &generator)
        let bias = randomFloats(test.outputChannels, using: &generator)
        let inputs = (0..<test.batch).map { _ in randomFloats(test.inputCount, using: &generator) }
        let description = ck_layer_f32(&test.shape, 0, test.inputStride)
        var expected: [[Float]]?
        for isa in availableIsas {
            for method in Method.all(isa, CK_ELEMENT_F32, test.shape) where method.suits(description) {
                let packed = method.packed(weights, bias)
                var layer = ck_convolution(shape: test.shape, packed: packed, activation: CK_ACTIVATION_NONE)
                let found = test.run(inputs: inputs, canary: 77, method) { method.run(&layer, $0) }
                let most = zip(found.joined(), (expected ?? found).joined()).map { abs($0 - $1) }.max() ?? 0
                #expect(most < 1e-4 * Float(test.taps * test.inputChannels).squareRoot(), "\(method.label): \(test)")
                expected = expected ?? found
                withExtendedLifetime(packed) {}
            }
        }
        #expect(expected != nil)
    }

    private static func isPointwise(_ s: ck_convolution_shape) -> Bool {
        s.kernel_height == 1 && s.kernel_width == 1 && s.stride_y == 1 && s.stride_x == 1 && s.padding_top == 0
            && s.padding_left == 0 && s.input_height == s.output_height && s.input_width == s.output_width
    }
}
