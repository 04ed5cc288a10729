import CKernels
import Networks

/// Convolutions of floats, alone and in blocks.
extension PlanCompiler {
    mutating func compile(_ step: ConvolutionStep, _ whole: Step) {
        if step.arithmetic == .int8 { return compileBytes(step, whole) }
        var layer = packed(step)
        layer.residual_stride = residualStride(step, whole)
        let isa = isa
        if step.convolution.grouping == .depthwise {
            append(whole, .depthwiseF32(layer), scratchSize: ck_depthwise_f32_scratch_size(isa, &layer.shape))
        } else if step.isBFloat16 {
            append(
                whole, .convolutionBF16(layer), scratchSize: ck_convolution_bf16_scratch_size(isa, &layer.shape),
                division: WorkDivision(ck_convolution_bf16_division(isa, &layer.shape)))
        } else {
            let size = step.scalesChannels ? ck_convolution_f32_scaled_scratch_size : ck_convolution_f32_scratch_size
            append(
                whole, .convolutionF32(layer), scratchSize: size(isa, &layer.shape),
                division: WorkDivision(ck_convolution_f32_division(isa, &layer.shape)))
        }
    }

    mutating func compile(_ step: BlockStep, _ whole: Step) {
        var block = ck_block_f32()
        block.expands = step.expand == nil ? 0 : 1
        block.projects = step.project == nil ? 0 : 1
        block.is_bf16 = step.isBFloat16 ? 1 : 0
        if let expand = step.expand { block.expand = packed(expand) }
        let filtersBFloat16 = step.isBFloat16 && step.expand != nil && joinsInBFloat16(step.depthwise)
        block.filters_bf16 = filtersBFloat16 ? 1 : 0
        block.depthwise = packed(step.depthwise, filtersBFloat16: filtersBFloat16)
        if let project = step.project { block.project = packed(project) }
        let stride = residualStride(step.last, whole)
        if step.project == nil {
            block.depthwise.residual_stride = stride
        } else {
            block.project.residual_stride = stride
        }
        append(
            whole, .blockF32(block), scratchSize: ck_block_f32_scratch_size(isa, &block),
            division: WorkDivision(pixels: Int(block.depthwise.shape.output_width), blocks: 1))
    }

    /// Elements from one pixel to the next of what a step adds; 0 where it adds nothing.
    private func residualStride(_ step: ConvolutionStep, _ whole: Step) -> Int {
        guard step.sum != nil, let residual = whole.inputs.last else { return 0 }
        return layout.placements[residual.index]?.stride ?? network[residual].shape.channels
    }

    /// Whether a depthwise convolution can compute in bfloat16 as part of a block.
    private func joinsInBFloat16(_ step: ConvolutionStep) -> Bool {
        var shape = kernelShape(step)
        return ck_depthwise_bf16_joins(isa, &shape) != 0
    }

    func kernelShape(_ step: ConvolutionStep) -> ck_convolution_shape {
        network.kernelShape(of: step.convolution.window, in: network.layers[step.layer])
    }

    /// A float convolution with its weights packed.
    ///
    /// - Parameter filtersBFloat16: whether a depthwise one computes in bfloat16, as part of a block.
    private mutating func packed(_ step: ConvolutionStep, filtersBFloat16: Bool = false) -> ck_convolution_f32 {
        let convolution = step.convolution
        guard case .float32(let weights, let bias) = convolution.parameters else {
            preconditionFailure("a convolution of floats")
        }
        var shape = kernelShape(step)
        let size: Int
        let pack:
            (
                ck_isa, UnsafePointer<ck_convolution_shape>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
                UnsafeMutableRawPointer?
            ) -> Void
        switch (convolution.grouping, filtersBFloat16) {
        case (.dense, _) where step.isBFloat16:
            (size, pack) = (ck_convolution_bf16_packed_size(isa, &shape), ck_convolution_bf16_pack)
        case (.dense, _): (size, pack) = (ck_convolution_f32_packed_size(isa, &shape), ck_convolution_f32_pack)
        case (.depthwise, true): (size, pack) = (ck_depthwise_bf16_packed_size(isa, &shape), ck_depthwise_bf16_pack)
        case (.depthwise, false): (size, pack) = (ck_depthwise_f32_packed_size(isa, &shape), ck_depthwise_f32_pack)
        }
        let memory = self.weights.reserve(size) { [isa] memory in
            pack(isa, &shape, weights, convolution.filled(bias), memory)
        }
        return ck_convolution_f32(
            shape: shape, packed: memory, activation: (step.sum ?? convolution.activation).kernel, residuals: nil,
            residual_stride: 0)
    }
}
