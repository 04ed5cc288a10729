import Networks
import CKernels

/// The steps of layers that became one.
extension PlanCompiler {
    mutating func compile(_ group: FusedLayers.Group) {
        guard let last = group.layers.last else { preconditionFailure("a group has layers") }
        let sum: Activation? = group.sum.map { index in
            guard case .add(let activation) = network.layers[index].operation else { return .none }
            return activation
        }
        let kernel: PlanKernel
        var scratchSize: Int
        var division = WorkDivision(pixels: 1, blocks: 1)
        if let depthwise = group.depthwise {
            var block = ck_block_f32()
            block.expands = group.expand == nil ? 0 : 1
            block.projects = group.convolution == nil ? 0 : 1
            block.is_bf16 = group.expand.map(isBFloat16) ?? group.convolution.map(isBFloat16) ?? false ? 1 : 0
            if let expand = group.expand { block.expand = packed(expand) }
            block.filters_bf16 = block.is_bf16 != 0 && group.expand != nil && joins(depthwise) ? 1 : 0
            block.depthwise = packed(
                depthwise, inBFloat16: block.filters_bf16 != 0, sum: group.convolution == nil ? sum : nil,
                residual: group.residual)
            if let project = group.convolution {
                block.project = packed(project, sum: sum, residual: group.residual)
            }
            scratchSize = ck_block_f32_scratch_size(isa, &block)
            division = WorkDivision(pixels: Int(block.depthwise.shape.output_width), blocks: 1)
            kernel = .blockF32(block)
        } else {
            guard let index = group.convolution else { preconditionFailure("a group has a convolution") }
            if let activation = group.activation { return compile(index, activation) }
            let layer = packed(index, sum: sum, residual: group.residual)
            var shape = layer.shape
            if isDepthwise(index) {
                scratchSize = ck_depthwise_f32_scratch_size(isa, &shape)
                kernel = .depthwiseF32(layer)
            } else if isBFloat16(index) {
                scratchSize = ck_convolution_bf16_scratch_size(isa, &shape)
                let best = ck_convolution_bf16_division(isa, &shape)
                division = WorkDivision(pixels: Int(best.pixels), blocks: Int(best.blocks))
                kernel = .convolutionBF16(layer)
            } else {
                scratchSize =
                    group.factors == nil
                    ? ck_convolution_f32_scratch_size(isa, &shape) : ck_convolution_f32_scaled_scratch_size(isa, &shape)
                let best = ck_convolution_f32_division(isa, &shape)
                division = WorkDivision(pixels: Int(best.pixels), blocks: Int(best.blocks))
                kernel = .convolutionF32(layer)
            }
        }
        let output = network.layers[last].output
        steps.append(
            PlanStep(
                layers: group.layers, kernel: kernel, inputs: [group.input.index], output: output.index,
                residual: group.residual?.index, factors: group.factors?.index, pixels: network[output].shape.pixels,
                division: division, scratchSize: scratchSize,
                nanoseconds: group.layers.reduce(0) { $0 + estimate(network.layers[$1]) }))
    }

    /// An 8-bit convolution and the activation of its result. It is not divided by channels, so that each thread's results
    /// lie together.
    private mutating func compile(_ index: Int, _ activation: Int) {
        let layer = network.layers[index], reader = network.layers[activation]
        guard case .convolution(let convolution) = layer.operation, case .activation(let curve) = reader.operation,
            let from = network[layer.output].element.quantization,
            let to = network[reader.output].element.quantization
        else { preconditionFailure("a group of a convolution and an activation of bytes") }
        let (kernel, scratchSize, best) = quantized(
            convolution, index, table: byteTable(of: curve, from: from, to: to))
        steps.append(
            PlanStep(
                layers: [index, activation], kernel: kernel, inputs: [layer.inputs[0].index],
                output: reader.output.index,
                pixels: network[reader.output].shape.pixels,
                division: WorkDivision(
                    pixels: best.map { Int($0.pixels) } ?? Self.pixelGranule, blocks: best.map { Int($0.blocks) } ?? 1,
                    cutsChannels: false),
                scratchSize: scratchSize, nanoseconds: estimate(layer) + estimate(reader)))
    }

    private func isDepthwise(_ index: Int) -> Bool {
        guard case .convolution(let convolution) = network.layers[index].operation else { return false }
        return convolution.grouping == .depthwise
    }

    /// Whether a depthwise convolution can compute in bfloat16 as part of a block.
    private func joins(_ index: Int) -> Bool {
        guard case .convolution(let convolution) = network.layers[index].operation else { return false }
        var shape = network.kernelShape(of: convolution.window, in: network.layers[index])
        return ck_depthwise_bf16_joins(isa, &shape) != 0
    }

    private func isBFloat16(_ index: Int) -> Bool { bfloat16.layers.contains(index) }

    /// A float convolution with its weights packed.
    ///
    /// - Parameters:
    ///   - inBFloat16: whether a depthwise one computes so.
    ///   - sum: the activation of the sum that it takes over.
    private mutating func packed(
        _ index: Int, inBFloat16: Bool = false, sum: Activation? = nil, residual: TensorID? = nil
    ) -> ck_convolution_f32 {
        let layer = network.layers[index]
        guard case .convolution(let convolution) = layer.operation,
            case .float32(let weights, let bias) = convolution.parameters
        else { preconditionFailure("groups are of float convolutions") }
        var shape = network.kernelShape(of: convolution.window, in: layer)
        let size: Int
        let pack:
            (
                ck_isa, UnsafePointer<ck_convolution_shape>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
                UnsafeMutableRawPointer?
            ) -> Void
        if isBFloat16(index) {
            (size, pack) = (ck_convolution_bf16_packed_size(isa, &shape), ck_convolution_bf16_pack)
        } else if convolution.grouping == .dense {
            (size, pack) = (ck_convolution_f32_packed_size(isa, &shape), ck_convolution_f32_pack)
        } else if inBFloat16 {
            (size, pack) = (ck_depthwise_bf16_packed_size(isa, &shape), ck_depthwise_bf16_pack)
        } else {
            (size, pack) = (ck_depthwise_f32_packed_size(isa, &shape), ck_depthwise_f32_pack)
        }
        let memory = self.weights.reserve(size) { [isa] memory in
            pack(isa, &shape, weights, convolution.filled(bias), memory)
        }
        return ck_convolution_f32(
            shape: shape, packed: memory, activation: (sum ?? convolution.activation).kernel, residuals: nil,
            residual_stride: residual.map { layout.placements[$0.index]?.stride ?? network[$0].shape.channels } ?? 0)
    }
}
