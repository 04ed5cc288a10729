import CKernels
import Networks

/// Steps over quantized tensors.
extension PlanCompiler {
    // MARK: Convolutions

    /// An 8-bit convolution and the table of its result, if it has one: then it is not divided by channels, so that each
    /// thread's results lie together.
    mutating func compileBytes(_ step: ConvolutionStep, _ whole: Step) {
        let convolution = step.convolution
        let layer = network.layers[step.layer]
        guard let input = network[layer.inputs[0]].element.quantization,
            let output = network[layer.output].element.quantization
        else { preconditionFailure("the builder lets int8 weights only stand between quantized tensors") }
        let table: AlignedMemory? = step.lookup.map { activation in
            guard let result = network[whole.output].element.quantization else {
                preconditionFailure("a function of bytes makes bytes")
            }
            return byteTable { result.quantized(activation.value(output.real($0))) }
        }
        let shape = kernelShape(step)
        let range = Self.range(of: convolution.activation, in: output)
        let kernel = ck_convolution_u8(
            shape: shape, packed: packed(step, shape, input: input, output: output, range: range),
            input_zero_point: Int32(input.zeroPoint), output_min: range.lower, output_max: range.upper,
            output_zero_point: Int32(output.zeroPoint))
        appendBytes(step, whole, kernel, table: table)
    }

    private mutating func appendBytes(
        _ step: ConvolutionStep, _ whole: Step, _ kernel: ck_convolution_u8, table: AlignedMemory?
    ) {
        var shape = kernel.shape
        let cutsChannels = table == nil
        if step.convolution.winograd != nil {
            append(
                whole, .winogradU8(kernel, table: table), scratchSize: ck_winograd_u8_scratch_size(isa, &shape),
                division: WorkDivision(ck_winograd_u8_division(isa, &shape), cutsChannels: cutsChannels))
        } else if step.convolution.grouping == .dense {
            append(
                whole, .convolutionU8(kernel, table: table), scratchSize: ck_convolution_u8_scratch_size(isa, &shape),
                division: WorkDivision(ck_convolution_u8_division(isa, &shape), cutsChannels: cutsChannels))
        } else {
            append(
                whole, .depthwiseU8(kernel, table: table), scratchSize: ck_depthwise_u8_scratch_size(isa, &shape),
                division: WorkDivision(pixels: Self.pixelGranule, blocks: 1, cutsChannels: cutsChannels))
        }
    }

    /// An 8-bit convolution's weights, packed with all that its sums become bytes by.
    private mutating func packed(
        _ step: ConvolutionStep, _ shape: ck_convolution_shape, input: Quantization, output: Quantization,
        range: (lower: Int32, upper: Int32)
    ) -> UnsafeMutableRawPointer? {
        let convolution = step.convolution
        guard case .int8(let weights, let zeroPoint, _, let givenBias) = convolution.parameters else {
            preconditionFailure("a convolution of bytes")
        }
        let isDense = convolution.grouping == .dense
        var shape = shape
        let size =
            convolution.winograd != nil
            ? ck_winograd_u8_packed_size(isa, &shape)
            : isDense ? ck_convolution_u8_packed_size(isa, &shape) : ck_depthwise_u8_packed_size(isa, &shape)
        return self.weights.reserve(size) { [isa] memory in
            let multipliers = Self.requantization(convolution, input: input, output: output)
            let bias = convolution.filled(givenBias)
            multipliers.map(\.multiplier).withUnsafeBufferPointer { mantissas in
                multipliers.map(\.shift).withUnsafeBufferPointer { shifts in
                    var requantization = ck_requantization(
                        multipliers: mantissas.baseAddress, shifts: shifts.baseAddress,
                        output_zero_point: Int32(output.zeroPoint), output_min: range.lower, output_max: range.upper)
                    if let winograd = convolution.winograd {
                        ck_winograd_u8_pack(isa, &shape, weights, bias, &requantization, winograd.values, memory)
                    } else {
                        let pack = isDense ? ck_convolution_u8_pack : ck_depthwise_u8_pack
                        pack(
                            isa, &shape, weights, Int32(zeroPoint), Int32(input.zeroPoint), bias, &requantization,
                            memory)
                    }
                }
            }
        }
    }

    /// One multiplier an output channel: input scale · weight scale / output scale. TensorFlow Lite forms the first
    /// product in single precision when there is one weight scale, in double when there are many.
    private static func requantization(
        _ convolution: Convolution, input: Quantization, output: Quantization
    ) -> [FixedPointMultiplier] {
        guard case .int8(_, _, let scales, _) = convolution.parameters else { return [] }
        if scales.count == 1 {
            let multiplier = FixedPointMultiplier(Double(input.scale * scales[0]) / Double(output.scale))
            return [FixedPointMultiplier](repeating: multiplier, count: convolution.outputChannels)
        }
        return scales.map { FixedPointMultiplier(Double(input.scale) * Double($0) / Double(output.scale)) }
    }

    /// The activation's clamp as bytes of the output.
    private static func range(of activation: Activation, in output: Quantization) -> (lower: Int32, upper: Int32) {
        guard let clamp = activation.clamp else { return (0, 255) }
        func byte(_ real: Float) -> Int32 {
            real == -.infinity ? 0 : real == .infinity ? 255 : Int32(output.quantized(real))
        }
        return (byte(clamp.lower), byte(clamp.upper))
    }

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
        let range = Self.range(of: activation, in: output)
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
