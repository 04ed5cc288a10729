import Networks
import CKernels

/// Turns the layers of a network into steps: chooses the kernel of each, packs its weights or only measures them, folds what
/// can be folded.
struct PlanCompiler {
    let network: Network
    let layout: ArenaLayout
    let isa: ck_isa
    private let conversions: FusedConversions
    let bfloat16: BFloat16Convolutions

    /// Parts of layers without blocks begin at multiples of this many pixels.
    static let pixelGranule = 16

    var steps: [PlanStep] = []
    var weights: WeightMemory
    /// What the steps read beside packed weights.
    private(set) var tables: [AlignedMemory] = []

    init(
        network: Network, layout: ArenaLayout, conversions: FusedConversions, layers: FusedLayers,
        bfloat16: BFloat16Convolutions, instructionSet: InstructionSet, weights: WeightMemory
    ) {
        self.conversions = conversions
        self.bfloat16 = bfloat16
        self.network = network
        self.layout = layout
        isa = instructionSet.kernel
        self.weights = weights
        for index in network.layers.indices where !layers.absorbed.contains(index) {
            if let group = layers.groups[index] { compile(group) } else { compile(index) }
        }
    }

    private mutating func compile(_ index: Int) {
        let layer = network.layers[index]
        let input = network[layer.inputs[0]]
        let output = network[layer.output]
        switch layer.operation {
        case .convolution(let convolution): compile(convolution, index)
        case .maxPooling(let window):
            let shape = network.kernelShape(of: window, in: layer)
            append(index, input.element == .float32 ? .maxPoolF32(shape) : .maxPoolU8(shape))
        case .averagePooling(let window, let countPadding):
            let shape = network.kernelShape(of: window, in: layer)
            append(
                index,
                input.element == .float32
                    ? .averagePoolF32(shape, countPadding: countPadding) : .averagePoolU8(shape))
        case .activation(let activation):
            if let from = input.element.quantization, let to = output.element.quantization {
                if conversions.activations.contains(index) { return }
                append(index, .lookupU8(table: byteTable(of: activation, from: from, to: to)))
            } else {
                append(index, .activationF32(activation))
            }
        case .add(let activation):
            if output.element == .float32 {
                append(index, .addF32(activation))
            } else {
                append(index, .addU8(addition(layer, activation)))
            }
        case .multiply: append(index, .multiplyF32)
        case .scaleChannels:
            if output.element == .float32 {
                append(index, .scaleChannelsF32)
            } else {
                append(index, .scaleChannelsU8(channelScaling(layer)))
            }
        case .softmax: append(index, .softmaxF32)
        case .l2Normalization(let scale, let epsilon):
            append(index, .l2NormalizeF32(scale: memory(of: scale), epsilon: epsilon))
        case .convert: compileConversion(index)
        case .reshape:
            if layout.placements[layer.inputs[0].index]?.offset != layout.placements[layer.output.index]?.offset {
                let copy = PlanCopy(
                    source: layer.inputs[0].index, rows: 1, rowBytes: input.size, sourceStride: input.size,
                    destinationStride: output.size, destinationOffset: 0)
                append(index, .copy([copy]))
            }
        case .concatenation(let axis): compileConcatenation(index, axis: axis)
        }
    }

    // MARK: Convolutions

    private mutating func compile(_ convolution: Convolution, _ index: Int) {
        let layer = network.layers[index]
        let isDense = convolution.grouping == .dense
        var shape = network.kernelShape(of: convolution.window, in: layer)
        switch convolution.parameters {
        case .float32(let weights, let bias) where bfloat16.layers.contains(index):
            let packed = self.weights.reserve(ck_convolution_bf16_packed_size(isa, &shape)) { [isa] memory in
                ck_convolution_bf16_pack(isa, &shape, weights, convolution.filled(bias), memory)
            }
            let kernel = ck_convolution_f32(
                shape: shape, packed: packed, activation: convolution.activation.kernel, residuals: nil,
                residual_stride: 0)
            append(
                index, .convolutionBF16(kernel), scratchSize: ck_convolution_bf16_scratch_size(isa, &shape),
                division: ck_convolution_bf16_division(isa, &shape))
        case .float32(let weights, let bias):
            let size = isDense ? ck_convolution_f32_packed_size(isa, &shape) : ck_depthwise_f32_packed_size(isa, &shape)
            let packed = self.weights.reserve(size) { [isa] memory in
                let pack = isDense ? ck_convolution_f32_pack : ck_depthwise_f32_pack
                pack(isa, &shape, weights, convolution.filled(bias), memory)
            }
            let kernel = ck_convolution_f32(
                shape: shape, packed: packed, activation: convolution.activation.kernel, residuals: nil,
                residual_stride: 0)
            let scratch =
                isDense ? ck_convolution_f32_scratch_size(isa, &shape) : ck_depthwise_f32_scratch_size(isa, &shape)
            append(
                index, isDense ? .convolutionF32(kernel) : .depthwiseF32(kernel), scratchSize: scratch,
                division: isDense ? ck_convolution_f32_division(isa, &shape) : nil)
        case .int8:
            let (kernel, scratch, division) = quantized(convolution, index)
            append(index, kernel, scratchSize: scratch, division: division)
        }
    }

    /// An 8-bit convolution with its weights packed, the scratch memory that it needs, and how a dense one is divided. A
    /// table is for the bytes of its result.
    mutating func quantized(
        _ convolution: Convolution, _ index: Int, table: AlignedMemory? = nil
    ) -> (kernel: PlanKernel, scratchSize: Int, division: ck_division?) {
        let layer = network.layers[index]
        guard case .int8(let weights, let zeroPoint, _, let givenBias) = convolution.parameters,
            let input = network[layer.inputs[0]].element.quantization,
            let output = network[layer.output].element.quantization
        else { preconditionFailure("the builder lets int8 weights only stand between quantized tensors") }
        let isDense = convolution.grouping == .dense
        var shape = network.kernelShape(of: convolution.window, in: layer)
        let size =
            convolution.winograd != nil
            ? ck_winograd_u8_packed_size(isa, &shape)
            : isDense ? ck_convolution_u8_packed_size(isa, &shape) : ck_depthwise_u8_packed_size(isa, &shape)
        let range = Self.range(of: convolution.activation, in: output)
        let inputZeroPoint = Int32(input.zeroPoint)
        let packed = self.weights.reserve(size) { [isa] memory in
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
                        pack(isa, &shape, weights, Int32(zeroPoint), inputZeroPoint, bias, &requantization, memory)
                    }
                }
            }
        }
        let kernel = ck_convolution_u8(
            shape: shape, packed: packed, input_zero_point: inputZeroPoint, output_min: range.lower,
            output_max: range.upper, output_zero_point: Int32(output.zeroPoint))
        if convolution.winograd != nil {
            return (
                .winogradU8(kernel, table: table), ck_winograd_u8_scratch_size(isa, &shape),
                ck_winograd_u8_division(isa, &shape)
            )
        }
        guard isDense else {
            return (.depthwiseU8(kernel, table: table), ck_depthwise_u8_scratch_size(isa, &shape), nil)
        }
        return (
            .convolutionU8(kernel, table: table), ck_convolution_u8_scratch_size(isa, &shape),
            ck_convolution_u8_division(isa, &shape)
        )
    }

    /// One multiplier an output channel: input scale · weight scale / output scale. TensorFlow Lite forms the first
    /// product in single precision when there is one weight scale, in double when there are many.
    static func requantization(
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
    static func range(of activation: Activation, in output: Quantization) -> (lower: Int32, upper: Int32) {
        guard let clamp = activation.clamp else { return (0, 255) }
        func byte(_ real: Float) -> Int32 {
            real == -.infinity ? 0 : real == .infinity ? 255 : Int32(output.quantized(real))
        }
        return (byte(clamp.lower), byte(clamp.upper))
    }

    // MARK: The rest

    /// TensorFlow Lite's parameters of a quantized sum: both sides are brought to twice the larger scale, with 20 bits
    /// of headroom below.
    private func addition(_ layer: Layer, _ activation: Activation) -> ck_add_u8_parameters {
        guard let a = network[layer.inputs[0]].element.quantization,
            let b = network[layer.inputs[1]].element.quantization,
            let output = network[layer.output].element.quantization
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
    private func channelScaling(_ layer: Layer) -> ck_scale_channels_u8_parameters {
        guard let input = network[layer.inputs[0]].element.quantization,
            let factors = network[layer.inputs[1]].element.quantization,
            let output = network[layer.output].element.quantization
        else { preconditionFailure("the builder lets quantized channels only be scaled by quantized factors") }
        let multiplier = FixedPointMultiplier(Double(input.scale) * Double(factors.scale) / Double(output.scale))
        return ck_scale_channels_u8_parameters(
            in_zero_point: Int32(input.zeroPoint), scale_zero_point: Int32(factors.zeroPoint),
            output_zero_point: Int32(output.zeroPoint), multiplier: multiplier.multiplier, shift: multiplier.shift)
    }

    private mutating func compileConversion(_ index: Int) {
        let layer = network.layers[index]
        let input = layer.inputs[0]
        switch (network[input].element.quantization, network[layer.output].element.quantization) {
        case (let from?, let to?): append(index, .lookupU8(table: byteTable { to.quantized(from.real($0)) }))
        case (nil, let to?): append(index, .quantizeU8(to))
        case (nil, nil): append(index, .activationF32(.none))
        case (let from?, nil):
            if let maker = conversions.activationOfConversion[index],
                case .activation(let activation) = network.layers[maker].operation,
                let before = network[network.layers[maker].inputs[0]].element.quantization
            {
                let table = (0...255).map { from.real(from.quantized(activation.value(before.real(UInt8($0))))) }
                append(index, .lookupF32(table: memory(of: table)))
            } else {
                append(index, .dequantizeU8(from))
            }
        }
    }

    private mutating func compileConcatenation(_ index: Int, axis: Int) {
        let layer = network.layers[index]
        let output = network[layer.output]
        guard let home = layout.placements[layer.output.index] else {
            preconditionFailure("only the network's input lies outside the arena")
        }
        let isInnermost = axis == output.shape.dimensions.count - 1
        let elementSize = output.element.size
        // A row is what lies together: everything from the axis inwards.
        let outerCount = output.shape.dimensions[..<axis].reduce(1, *)
        let innerCount = output.shape.dimensions[(axis + 1)...].reduce(1, *)
        let destinationRow =
            isInnermost ? home.stride * elementSize : output.shape.dimensions[axis] * innerCount * elementSize
        var position = 0
        var copies: [PlanCopy] = []
        for input in layer.inputs {
            let part = network[input]
            let rowBytes = part.shape.dimensions[axis] * innerCount * elementSize
            defer { position += rowBytes }
            let placement = layout.placements[input.index]
            if let placement, placement.offset == home.offset + position,
                placement.stride == (isInnermost ? home.stride : part.shape.channels),
                isInnermost || axis == 0
            {
                continue  // it was made in its place
            }
            let stride = (placement?.stride ?? part.shape.channels) * elementSize
            copies.append(
                PlanCopy(
                    source: input.index, rows: outerCount, rowBytes: rowBytes,
                    sourceStride: isInnermost ? stride : rowBytes, destinationStride: destinationRow,
                    destinationOffset: position))
        }
        if !copies.isEmpty { append(index, .copy(copies)) }
    }

    // MARK: Steps and memory

    /// What is no dense convolution is cut by pixels alone; copies are not cut.
    private mutating func append(
        _ index: Int, _ kernel: PlanKernel, scratchSize: Int = 0, division: ck_division? = nil
    ) {
        let layer = network.layers[index]
        var pixels = network[layer.output].shape.pixels
        if case .copy = kernel { pixels = 1 }
        steps.append(
            PlanStep(
                layers: [index], kernel: kernel, inputs: conversions.inputs(of: index, in: network).map(\.index),
                output: layer.output.index, pixels: pixels,
                division: WorkDivision(
                    pixels: division.map { Int($0.pixels) } ?? Self.pixelGranule,
                    blocks: division.map { Int($0.blocks) } ?? 1),
                scratchSize: scratchSize, nanoseconds: estimate(layer)))
    }

    /// A coarse estimate for one modern core: 50 float or 200 byte multiply-adds, 8 bytes of output or 24 of weights a
    /// nanosecond.
    func estimate(_ layer: Layer) -> Int {
        let output = network[layer.output]
        let multiplyAdds = network.multiplyAdds(of: layer)
        let weightBytes = multiplyAdds / output.shape.pixels * output.element.size
        return multiplyAdds / (output.element == .float32 ? 50 : 200) + output.size / 8 + weightBytes / 24
    }

    /// An activation of bytes as a table of its values.
    mutating func byteTable(
        of activation: Activation, from: Quantization, to: Quantization
    ) -> AlignedMemory {
        byteTable { to.quantized(activation.value(from.real($0))) }
    }

    private mutating func byteTable(_ function: (UInt8) -> UInt8) -> AlignedMemory {
        memory(of: (0...255).map { function(UInt8($0)) })
    }

    private mutating func memory<Element>(of values: [Element]) -> AlignedMemory {
        let memory = AlignedMemory(count: values.count * MemoryLayout<Element>.stride)
        values.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
        tables.append(memory)
        return memory
    }
}
