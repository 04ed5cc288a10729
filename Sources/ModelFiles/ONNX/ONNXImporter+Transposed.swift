import Networks
import MultiBox

extension ONNXImporter {
    /// ConvTranspose (weights IOHW with the outputs of a group): zeros between the pixels, then a convolution with the kernel
    /// turned by half a turn.
    mutating func transposedConvolution(_ node: ONNXNode) throws(ModelFileError) {
        let read = try map(node, 0, inBytes: true)
        let weights = try constant(node, 1)
        let groups = node.integer("group", default: 1)
        let input = builder[read].shape
        guard weights.shape.count == 4, weights.shape.allSatisfy({ $0 >= 1 }), groups >= 1,
            weights.shape[0] == input.channels, input.channels % groups == 0,
            let outputs = CheckedArithmetic.product([weights.shape[1], groups])
        else { throw node.unsupported("weights of shape \(weights.shape) in \(groups) groups on an input of \(input)") }
        let (strides, window) = try transposedWindow(node, [weights.shape[2], weights.shape[3]])
        let isDepthwise = groups == input.channels && outputs == groups && groups > 1
        let bias = try optionalConstant(node, 2)?.floats ?? []
        let isSpreadOnly =
            bias.isEmpty && (isDepthwise || input.channels == 1 && outputs == 1) && window == Window(kernel: 1)
            && weights.floats.allSatisfy { $0 == 1 }
        let keepsBytes =
            isSpreadOnly
            && bytesFollowing(node, [read]).map { builder[read].element == .uint8($0.quantization) } ?? false
        var x = keepsBytes ? read : try reals(read)
        if strides != [1, 1] {
            let from = x
            x = try proven { () throws(NetworkError) in
                try builder.zeroInsertion(from, strideY: strides[0], strideX: strides[1], name: node.name)
            }
        }
        guard !isSpreadOnly else { return try define(node, .map(x)) }
        let taps = window.kernelHeight * window.kernelWidth
        let inputs = isDepthwise ? 1 : input.channels
        guard let count = CheckedArithmetic.product([outputs, taps, inputs]), count <= ONNXTensor.maximumCount else {
            throw node.unsupported("weights of shape \(weights.shape)")
        }
        try charge(count + bias.count, node)
        let stored = weights.floats
        var values = [Float](repeating: 0, count: count)
        let (inputsOfGroup, outputsOfGroup) = (input.channels / groups, weights.shape[1])
        for output in 0..<outputs {
            let group = output / outputsOfGroup
            for offset in 0..<inputsOfGroup {
                let source = ((group * inputsOfGroup + offset) * outputsOfGroup + output % outputsOfGroup) * taps
                for tap in 0..<taps {
                    let place =
                        isDepthwise
                        ? tap * outputs + output
                        : (output * taps + tap) * inputs + group * inputsOfGroup + offset
                    values[place] = stored[source + taps - 1 - tap]
                }
            }
        }
        let convolution = Convolution(
            window: window, grouping: isDepthwise ? .depthwise : .dense, outputChannels: outputs,
            parameters: builder.floats(weights: values, bias: bias), activation: takeActivation(after: node))
        let spread = x
        let y = try proven { () throws(NetworkError) in
            try builder.convolution(spread, convolution, name: node.name)
        }
        try define(node, .map(y))
    }

    /// The strides, and the window that slides over the pixels and the zeros between them.
    private func transposedWindow(
        _ node: ONNXNode, _ kernel: [Int]
    ) throws(ModelFileError) -> (strides: [Int], Window) {
        func pair(_ name: String, _ fallback: Int) throws(ModelFileError) -> [Int] {
            let values = node.integers(name) ?? [fallback, fallback]
            guard values.count == 2, values.allSatisfy({ (0...Window.maximumExtent).contains($0) }) else {
                throw node.unsupported("\(name) of \(values)")
            }
            return values
        }
        let (strides, dilations) = (try pair("strides", 1), try pair("dilations", 1))
        let more = try pair("output_padding", 0)
        guard !node.hasAttribute("output_shape"),
            (kernel + strides + dilations).allSatisfy({ (1...Window.maximumExtent).contains($0) })
        else { throw node.unsupported("a window of \(kernel), strides \(strides), or a shape of its result") }
        let spans = [0, 1].map { (kernel[$0] - 1) * dilations[$0] + 1 }
        var pads = node.integers("pads") ?? [0, 0, 0, 0]
        switch node.word("auto_pad") ?? "NOTSET" {
        case "NOTSET", "": break
        case "VALID": pads = [0, 0, 0, 0]
        case let same where same == "SAME_UPPER" || same == "SAME_LOWER":
            // As many pixels as the input has times the stride.
            pads = [0, 0, 0, 0]
            for axis in 0..<2 {
                let total = max(0, spans[axis] + more[axis] - strides[axis])
                let (less, rest) = (total / 2, total - total / 2)
                (pads[axis], pads[axis + 2]) = same == "SAME_UPPER" ? (less, rest) : (rest, less)
            }
        case let other: throw node.unsupported("padding of the kind \(other)")
        }
        guard pads.count == 4, pads.allSatisfy({ (0...Window.maximumExtent).contains($0) }),
            [0, 1].allSatisfy({ pads[$0] < spans[$0] && pads[$0 + 2] < spans[$0] + more[$0] })
        else { throw node.unsupported("padding of \(pads)") }
        var window = Window(
            kernelHeight: kernel[0], kernelWidth: kernel[1], strideY: 1, strideX: 1, dilationY: dilations[0],
            dilationX: dilations[1])
        (window.paddingTop, window.paddingLeft) = (spans[0] - 1 - pads[0], spans[1] - 1 - pads[1])
        window.paddingBottom = spans[0] - 1 - pads[2] + more[0]
        window.paddingRight = spans[1] - 1 - pads[3] + more[1]
        return (strides, window)
    }
}
