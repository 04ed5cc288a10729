import CKernels
import TestSupport

/// sum · multiplier / 2^(31 − shift) to the nearest integer, halves up, within 32 bits: from the quotient and the
/// remainder, where the kernels add and shift.
func referenceScaled(_ sum: Int32, multiplier: Int32, shift: Int32) -> Int32 {
    let product = Int64(sum) * Int64(multiplier)
    let divisor = Int64(1) << Int64(31 - shift)
    var (quotient, remainder) = product.quotientAndRemainder(dividingBy: divisor)
    if remainder < 0 { (quotient, remainder) = (quotient - 1, remainder + divisor) }
    return Int32(clamping: remainder >= divisor - remainder ? quotient + 1 : quotient)
}

/// A random 8-bit layer around a window: weights [output channel][tap][input channel], or [tap][channel] if depthwise.
struct QuantizedLayer {
    var weights: [Int8]
    var bias: [Int32]?
    var multipliers: [Int32]
    var shifts: [Int32]
    var inputZeroPoint: Int32
    var weightZeroPoint: Int32
    var outputZeroPoint: Int32
    var outputMin: Int32
    var outputMax: Int32

    /// How often each path of a kernel is met: zero points that fold into the weights and that do not, ranges that clamp
    /// below the zero point and that do not, shifts of both signs, extreme values.
    init(weightCount: Int, terms: Int, channels: Int, using generator: inout SeededGenerator) {
        let extreme = Int.random(in: 0..<5, using: &generator) == 0
        let small = Int.random(in: 0..<3, using: &generator) == 0
        weights = (0..<weightCount).map { _ in
            extreme
                ? (Bool.random(using: &generator) ? Int8.min : Int8.max)
                : Int8.random(in: small ? -60...60 : -128...127, using: &generator)
        }
        bias =
            Bool.random(using: &generator)
            ? (0..<channels).map { _ in Int32.random(in: -5000...5000, using: &generator) } : nil
        let general = Int.random(in: 0..<4, using: &generator) == 0
        let usual = -Int32((Double(terms) * 1600).squareRoot().rounded()).magnitude.bitWidthOfValue
        multipliers = (0..<channels).map { _ in
            Int.random(in: 0..<10, using: &generator) == 0
                ? 1 << 30 : Int32.random(in: 1 << 30...Int32.max, using: &generator)
        }
        shifts = (0..<channels).map { _ in
            general
                ? Int32.random(in: -12...3, using: &generator)
                : Int32.random(in: Int32(usual) - 3...min(-1, Int32(usual) + 1), using: &generator)
        }
        inputZeroPoint = oneOf([0, 128, 255, Int32.random(in: 0...255, using: &generator)], using: &generator)
        weightZeroPoint = oneOf(
            [0, 0, Int32.random(in: -20...20, using: &generator), Int32.random(in: -128...127, using: &generator)],
            using: &generator)
        if extreme { weightZeroPoint = oneOf([0, -128, 127], using: &generator) }
        outputZeroPoint = oneOf([0, 128, Int32.random(in: 0...255, using: &generator)], using: &generator)
        outputMin = oneOf([0, outputZeroPoint], using: &generator)
        outputMax = Int32.random(in: outputMin...255, using: &generator)
        if Bool.random(using: &generator) { outputMax = 255 }
    }

    /// The byte that an exact sum of products of differences becomes.
    func output(_ products: Int64, channel: Int) -> UInt8 {
        let sum = Int32(truncatingIfNeeded: products + Int64(bias?[channel] ?? 0))
        let scaled = referenceScaled(sum, multiplier: multipliers[channel], shift: shifts[channel])
        return UInt8(min(max(Int64(scaled) + Int64(outputZeroPoint), Int64(outputMin)), Int64(outputMax)))
    }

    /// Calls `body` with the layer's output stage.
    private func withRequantization<Result>(_ body: (UnsafePointer<ck_requantization>) -> Result) -> Result {
        multipliers.withUnsafeBufferPointer { multipliers in
            shifts.withUnsafeBufferPointer { shifts in
                var requantization = ck_requantization(
                    multipliers: multipliers.baseAddress, shifts: shifts.baseAddress,
                    output_zero_point: outputZeroPoint, output_min: outputMin, output_max: outputMax)
                return body(&requantization)
            }
        }
    }

    /// Calls `body` with what a layer is packed from.
    private func withParameters<Result>(
        factors: [Int16]? = nil, _ body: (UnsafePointer<ck_parameters>) -> Result
    ) -> Result {
        func optional<Element>(
            _ values: [Element]?, _ body: (UnsafePointer<Element>?) -> Result
        ) -> Result { values.map { $0.withUnsafeBufferPointer { body($0.baseAddress) } } ?? body(nil) }
        var parameters = ck_parameters()
        parameters.u8.weight_zero_point = weightZeroPoint
        parameters.u8.input_zero_point = inputZeroPoint
        return optional(weights) { weights in
            optional(bias) { bias in
                optional(factors) { factors in
                    withRequantization { requantization in
                        parameters.u8.weights = weights
                        parameters.u8.bias = bias
                        parameters.u8.winograd_factors = factors
                        parameters.u8.requantization = requantization
                        return body(&parameters)
                    }
                }
            }
        }
    }

    /// The layer of a case as methods must know it, with these factors for Winograd's.
    func description(of test: WindowCase, isDepthwise: Bool = false, factors: [Int16]? = nil) -> ck_layer {
        var shape = test.shape
        return withParameters(factors: factors) { parameters in
            withUnsafePointer(to: parameters.pointee.u8) {
                ck_layer_u8(&shape, isDepthwise ? 1 : 0, test.inputStride, $0)
            }
        }
    }

    /// What a method makes of the inputs.
    func run(_ method: Method, _ test: WindowCase, _ inputs: [[UInt8]], factors: [Int16]? = nil) -> [[UInt8]] {
        let packed = withParameters(factors: factors) { method.packed($0.pointee) }
        var layer = ck_convolution()
        (layer.shape, layer.packed) = (test.shape, UnsafeRawPointer(packed.address))
        (layer.input_zero_point, layer.output_zero_point) = (inputZeroPoint, outputZeroPoint)
        (layer.output_min, layer.output_max) = (outputMin, outputMax)
        return withExtendedLifetime(packed) {
            test.run(inputs: inputs, canary: 0xC3, method) { method.run(&layer, $0) }
        }
    }

    /// What the method that is chosen for them makes of the inputs, and how that is called.
    func run(
        _ isa: ck_isa, _ test: WindowCase, _ inputs: [[UInt8]], isDepthwise: Bool = false, factors: [Int16]? = nil
    ) -> (outputs: [[UInt8]], label: String) {
        let layer = description(of: test, isDepthwise: isDepthwise, factors: factors)
        guard let method = Method(isa, CK_ELEMENT_U8, layer) else { preconditionFailure("every layer has a method") }
        return (run(method, test, inputs, factors: factors), method.label)
    }
}

extension UInt32 {
    /// Bits up to the highest set one.
    fileprivate var bitWidthOfValue: Int { UInt32.bitWidth - leadingZeroBitCount }
}

/// Random bytes; now and then only the extreme ones.
func randomBytes(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
    let extreme = Int.random(in: 0..<6, using: &generator) == 0
    return (0..<count).map { _ in
        extreme ? (Bool.random(using: &generator) ? 0 : 255) : UInt8.random(in: 0...255, using: &generator)
    }
}
