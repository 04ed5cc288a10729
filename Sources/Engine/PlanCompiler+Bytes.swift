import CKernels
import Networks

/// Steps over quantized tensors.
extension PlanCompiler {
    // MARK: Elements

    /// TensorFlow Lite's parameters of a quantized sum: both sides are brought to twice the larger scale, with 20 bits
    /// of headroom below.
    func addition(_ step: Step, _ activation: Activation) -> ck_add_u8_parameters {
        guard let a = network[step.inputs[0]].element.quantization,
            let b = network[step.inputs[1]].element.quantization,
            let output = network[step.output].element.quantization
        else { preconditionFailure("the builder lets a quantized sum only stand between quantized tensors") }
        let leftShift: Int32 = 20
        let common = 2 * Double(max(a.scale, b.scale))
        let aScale = FixedPointMultiplier(Double(a.scale) / common)
        let bScale = FixedPointMultiplier(Double(b.scale) / common)
        let outputScale = FixedPointMultiplier(common / (Double(1 << leftShift) * Double(output.scale)))
        let range = KernelParameters.range(of: activation, in: output)
        var parameters = ck_add_u8_parameters(
            left_shift: leftShift, a_zero_point: Int32(a.zeroPoint), a_multiplier: aScale.multiplier,
            a_shift: aScale.shift, b_zero_point: Int32(b.zeroPoint), b_multiplier: bScale.multiplier,
            b_shift: bScale.shift, output_zero_point: Int32(output.zeroPoint),
            output_multiplier: outputScale.multiplier, output_shift: outputScale.shift, output_min: range.lower,
            output_max: range.upper, pair: ck_pair_sum_u8())
        ck_add_u8_prepare(&parameters)
        return parameters
    }

    /// One multiplier for the product of both sides: input scale · factors' scale / output scale.
    func channelScaling(_ step: Step) -> ck_scale_channels_u8_parameters {
        guard let input = network[step.inputs[0]].element.quantization,
            let factors = network[step.inputs[1]].element.quantization,
            let output = network[step.output].element.quantization
        else { preconditionFailure("the builder lets quantized channels only be scaled by quantized factors") }
        let multiplier = FixedPointMultiplier(Double(input.scale) * Double(factors.scale) / Double(output.scale))
        return ck_scale_channels_u8_parameters(
            in_zero_point: Int32(input.zeroPoint), scale_zero_point: Int32(factors.zeroPoint),
            output_zero_point: Int32(output.zeroPoint), multiplier: multiplier.multiplier, shift: multiplier.shift)
    }

    /// What changes the element type.
    mutating func conversion(_ step: Step) -> PlanKernel {
        switch (network[step.inputs[0]].element.quantization, network[step.output].element.quantization) {
        case (let from?, let to?): .lookupU8(table: byteTable { to.quantized(from.real($0)) })
        case (nil, let to?): .quantizeU8(to)
        case (nil, nil): .activationF32(.none)
        case (let from?, nil): .dequantizeU8(from)
        }
    }

    // MARK: Tables

    /// A function of a convolution's result, from its bytes to those of the step.
    mutating func resultTable(of activation: Activation, _ step: ConvolutionStep, _ whole: Step) -> AlignedMemory {
        guard let from = network[network.layers[step.layer].output].element.quantization,
            let to = network[whole.output].element.quantization
        else { preconditionFailure("a function of bytes makes bytes") }
        return byteTable { to.quantized(activation.value(from.real($0))) }
    }

    /// A function between bytes as a table of its values.
    mutating func byteTable(of activation: Activation, _ step: Step) -> AlignedMemory {
        guard let from = network[step.inputs[0]].element.quantization,
            let to = network[step.output].element.quantization
        else { preconditionFailure("a function of bytes makes bytes") }
        return byteTable { to.quantized(activation.value(from.real($0))) }
    }

    private mutating func byteTable(_ function: (UInt8) -> UInt8) -> AlignedMemory {
        memory(of: (0...255).map { function(UInt8($0)) })
    }

    /// A function of bytes with its dequantization: through the bytes that the step's layers hand on.
    mutating func floatTable(of activation: Activation, _ step: Step) -> AlignedMemory {
        guard let before = network[step.inputs[0]].element.quantization, let layer = step.layers.last,
            let between = network[network.layers[layer].inputs[0]].element.quantization
        else { preconditionFailure("a function of bytes, then a conversion of bytes") }
        return memory(
            of: (0...255).map { between.real(between.quantized(activation.value(before.real(UInt8($0))))) })
    }
}
