import CKernels
import Networks

/// What a convolution's weights are packed from.
struct KernelParameters {
    private let convolution: Convolution
    private let weights: [Float], floatBias: [Float]
    private let inputZeroPoint: Int32
    private let bias: [Int32]
    private let multipliers: [Int32], shifts: [Int32]
    /// Of bytes: the zero point of the output, and what its activation clamps to.
    let outputZeroPoint: Int32
    let outputRange: (lower: Int32, upper: Int32)

    /// - Parameters:
    ///   - store: Of floats: where the weights are.
    ///   - input: Of bytes: how the map is quantized that it reads.
    ///   - output: Likewise, that it makes.
    init(_ convolution: Convolution, in store: ParameterStore, input: Quantization?, output: Quantization?) {
        self.convolution = convolution
        if case .float32(let weights, let bias) = convolution.parameters {
            (self.weights, floatBias) = (store.values(weights), convolution.filled(store.values(bias)))
        } else {
            (weights, floatBias) = ([], [])
        }
        guard case .int8(_, _, let scales, let bias) = convolution.parameters, let input, let output else {
            (inputZeroPoint, self.bias, multipliers, shifts, outputZeroPoint) = (0, [], [], [], 0)
            outputRange = (0, 0)
            return
        }
        inputZeroPoint = Int32(input.zeroPoint)
        self.bias = convolution.filled(bias)
        let requantization = Self.requantization(scales, convolution.outputChannels, input: input, output: output)
        multipliers = requantization.map(\.multiplier)
        shifts = requantization.map(\.shift)
        outputZeroPoint = Int32(output.zeroPoint)
        outputRange = Self.range(of: convolution.activation, in: output)
    }

    /// Calls `body` with them as kernels take them.
    func withKernelParameters<R>(_ body: (ck_parameters) -> R) -> R {
        switch convolution.parameters {
        case .float32:
            return weights.withUnsafeBufferPointer { weights in
                floatBias.withUnsafeBufferPointer { bias in
                    body(
                        ck_parameters(
                            f32: ck_parameters_f32(weights: weights.baseAddress, bias: bias.baseAddress),
                            u8: ck_parameters_u8()))
                }
            }
        case .int8(let weights, let zeroPoint, _, _):
            return weights.withUnsafeBufferPointer { weights in
                withRequantization { requantization in
                    withUnsafePointer(to: requantization) { requantization in
                        bias.withUnsafeBufferPointer { bias in
                            (convolution.winograd?.values ?? []).withUnsafeBufferPointer { factors in
                                body(
                                    ck_parameters(
                                        f32: ck_parameters_f32(),
                                        u8: ck_parameters_u8(
                                            weights: weights.baseAddress, weight_zero_point: Int32(zeroPoint),
                                            input_zero_point: inputZeroPoint, bias: bias.baseAddress,
                                            requantization: requantization,
                                            winograd_factors: factors.isEmpty ? nil : factors.baseAddress)))
                            }
                        }
                    }
                }
            }
        }
    }

    private func withRequantization<R>(_ body: (ck_requantization) -> R) -> R {
        multipliers.withUnsafeBufferPointer { multipliers in
            shifts.withUnsafeBufferPointer { shifts in
                body(
                    ck_requantization(
                        multipliers: multipliers.baseAddress, shifts: shifts.baseAddress,
                        output_zero_point: outputZeroPoint, output_min: outputRange.lower,
                        output_max: outputRange.upper))
            }
        }
    }

    /// One multiplier an output channel: input scale · weight scale / output scale. TensorFlow Lite forms the first
    /// product in single precision when there is one weight scale, in double when there are many.
    private static func requantization(
        _ scales: [Float], _ channels: Int, input: Quantization, output: Quantization
    ) -> [FixedPointMultiplier] {
        if scales.count == 1 {
            let multiplier = FixedPointMultiplier(Double(input.scale * scales[0]) / Double(output.scale))
            return [FixedPointMultiplier](repeating: multiplier, count: channels)
        }
        return scales.map { FixedPointMultiplier(Double(input.scale) * Double($0) / Double(output.scale)) }
    }

    /// An activation's clamp as bytes of the output.
    static func range(of activation: Activation, in output: Quantization) -> (lower: Int32, upper: Int32) {
        guard let clamp = activation.clamp else { return (0, 255) }
        func byte(_ real: Float) -> Int32 {
            real == -.infinity ? 0 : real == .infinity ? 255 : Int32(output.quantized(real))
        }
        return (byte(clamp.lower), byte(clamp.upper))
    }
}
