import CKernels
import Networks

/// Chooses the method of every convolution of a plan to be, once: from then on the step carries it.
struct MethodChoice {
    let network: Network
    let layout: ArenaLayout
    let isa: ck_isa

    /// The steps with their methods.
    func choose(_ steps: [Step]) -> [Step] {
        steps.map { step in
            var step = step
            switch step.operation {
            case .convolution(var convolution):
                convolution.method = method(
                    of: convolution, element: convolution.element, inputStride: layout.stride(step.inputs[0], network))
                step.operation = .convolution(convolution)
            case .bottleneck(var bottleneck):
                choose(&bottleneck, inputStride: layout.stride(step.inputs[0], network))
                step.operation = .bottleneck(bottleneck)
            case .layer, .dequantizedActivation: break
            }
            return step
        }
    }

    /// What lies between the layers of a bottleneck has no gaps that a method would have to know of.
    private func choose(_ bottleneck: inout BottleneckStep, inputStride: Int) {
        if let expand = bottleneck.expand {
            bottleneck.expand?.method = method(of: expand, element: expand.element, inputStride: inputStride)
        }
        // In bfloat16 only if what it reads is.
        let isBFloat16 = bottleneck.expand?.isBFloat16 ?? false
        let depthwise = bottleneck.depthwise
        bottleneck.depthwise.method =
            (isBFloat16 ? method(of: depthwise, element: CK_ELEMENT_BF16, inputStride: inputStride) : nil)
            ?? method(of: depthwise, element: CK_ELEMENT_F32, inputStride: inputStride)
        if let project = bottleneck.project {
            bottleneck.project?.method = method(
                of: project, element: project.element,
                inputStride: network[network.layers[project.layer].inputs[0]].shape.channels)
        }
    }

    private func method(of step: ConvolutionStep, element: ck_element, inputStride: Int) -> Method? {
        var shape = network.kernelShape(of: step.convolution.window, in: network.layers[step.layer])
        let isDepthwise: Int32 = step.convolution.grouping == .depthwise ? 1 : 0
        guard element == CK_ELEMENT_U8 else {
            return Method(element, ck_layer_f32(&shape, isDepthwise, inputStride), isa)
        }
        return network.kernelParameters(of: step).withKernelParameters { parameters in
            var bytes = parameters.u8
            return Method(element, ck_layer_u8(&shape, isDepthwise, inputStride, &bytes), isa)
        }
    }
}

extension Network {
    /// What the weights of a step's convolution are packed from.
    func kernelParameters(of step: ConvolutionStep) -> KernelParameters {
        let layer = layers[step.layer]
        return KernelParameters(
            step.convolution, in: parameters, input: self[layer.inputs[0]].element.quantization,
            output: self[layer.output].element.quantization)
    }
}

extension ConvolutionStep {
    /// What it multiplies, as kernels call it.
    fileprivate var element: ck_element {
        switch arithmetic {
        case .float32: CK_ELEMENT_F32
        case .bfloat16: CK_ELEMENT_BF16
        case .int8: CK_ELEMENT_U8
        }
    }
}
