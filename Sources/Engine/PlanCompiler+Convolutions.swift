import CKernels
import Networks

/// Convolutions, alone and in bottlenecks.
extension PlanCompiler {
    mutating func compile(_ step: ConvolutionStep, _ whole: Step) {
        guard let method = step.method else { preconditionFailure("a convolution without a method") }
        var layer = packed(step, method)
        layer.residual_stride = residualStride(step, whole)
        let table = step.lookup.map { resultTable(of: $0, step, whole) }
        var division = WorkDivision(pixels: Self.pixelGranule, blocks: 1)
        if step.convolution.grouping == .dense {
            division = WorkDivision(method.division(isa, layer.shape))
        }
        // Each thread's results must lie together to be looked up.
        division.cutsChannels = table == nil
        append(
            whole, .convolution(method, layer, table: table),
            scratchSize: method.scratchSize(isa, layer.shape, scalesChannels: step.scalesChannels), division: division)
    }

    mutating func compile(_ step: BottleneckStep, _ whole: Step) {
        var bottleneck = ck_bottleneck()
        func part(_ step: ConvolutionStep?) -> (method: Method, layer: ck_convolution)? {
            guard let step else { return nil }
            guard let method = step.method else { preconditionFailure("a convolution without a method") }
            var layer = packed(step, method)
            if step.sum != nil { layer.residual_stride = residualStride(step, whole) }
            return (method, layer)
        }
        let expand = part(step.expand)
        let depthwise = part(step.depthwise)
        let project = part(step.project)
        bottleneck.expand_method = expand?.method.kernel
        bottleneck.depthwise_method = depthwise?.method.kernel
        bottleneck.project_method = project?.method.kernel
        bottleneck.expand = expand?.layer ?? ck_convolution()
        bottleneck.depthwise = depthwise?.layer ?? ck_convolution()
        bottleneck.project = project?.layer ?? ck_convolution()
        append(
            whole,
            .bottleneck(bottleneck, methods: [expand, depthwise, project].compactMap { $0?.method }),
            scratchSize: ck_bottleneck_scratch_size(isa, &bottleneck),
            division: WorkDivision(pixels: Int(bottleneck.depthwise.shape.output_width), blocks: 1))
    }

    /// Elements from one pixel to the next of what a step adds; 0 where it adds nothing.
    private func residualStride(_ step: ConvolutionStep, _ whole: Step) -> Int {
        guard step.sum != nil, let residual = whole.inputs.last else { return 0 }
        return layout.stride(residual, network)
    }

    /// A convolution with its weights packed.
    private mutating func packed(_ step: ConvolutionStep, _ method: Method) -> ck_convolution {
        let layer = network.layers[step.layer]
        let shape = network.kernelShape(of: step.convolution.window, in: layer)
        let parameters = network.kernelParameters(of: step)
        let memory = weights.reserve(method.packedSize(isa, shape)) { [isa] memory in
            parameters.withKernelParameters { method.pack(isa, shape, $0, to: memory) }
        }
        var result = ck_convolution()
        result.shape = shape
        result.packed = UnsafeRawPointer(memory)
        if let input = network[layer.inputs[0]].element.quantization {
            result.input_zero_point = Int32(input.zeroPoint)
            result.output_zero_point = parameters.outputZeroPoint
            (result.output_min, result.output_max) = parameters.outputRange
        } else {
            result.activation = (step.sum ?? step.convolution.activation).kernel
        }
        return result
    }
}
