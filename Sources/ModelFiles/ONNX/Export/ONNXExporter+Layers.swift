import Networks

extension ONNXExporter {
    /// Adds the nodes of a layer, which makes reals under the name `output`.
    mutating func add(_ layer: Layer, base: String, output: String) throws(ModelFileError) {
        let shape = network[layer.output].shape
        switch layer.operation {
        case .convolution(let convolution):
            try activated(convolution.activation, base: base, output: output) { exporter, name in
                exporter.add(convolution, layer, base: base, output: name)
            }
        case .maxPooling(let window):
            let attributes = attributes(window, layer, hasDilations: false)
            writer.node("MaxPool", [real(layer.inputs[0])], attributes, output: output)
        case .averagePooling(let window, let countPadding):
            let attributes = attributes(window, layer, hasDilations: false)
            writer.node(
                "AveragePool", [real(layer.inputs[0])],
                attributes + [("count_include_pad", .integer(countPadding ? 1 : 0))], output: output)
        case .activation(let activation): add(activation, real(layer.inputs[0]), output: output)
        case .add(let activation):
            try activated(activation, base: base, output: output) { exporter, name in
                exporter.pair("Add", layer, output: name)
            }
        case .multiply, .scaleChannels: pair("Mul", layer, output: output)
        case .concatenation(let axis):
            let parts = layer.inputs.map { real($0) }
            writer.node(
                "Concat", parts, [("axis", .integer(Self.axis(axis, of: shape)))], output: output)
        case .reshape: reshape(layer, base: base, output: output)
        case .softmax:
            let axis = Self.axis(shape.dimensions.count - 1, of: shape)
            writer.node("Softmax", [real(layer.inputs[0])], [("axis", .integer(axis))], output: output)
        case .l2Normalization(let scale, let epsilon):
            l2Normalization(layer, network.parameters[scale].values, epsilon, base: base, output: output)
        case .batchNormalization(let normalization):
            var inputs = [real(layer.inputs[0])]
            for id in [normalization.scale, normalization.shift, normalization.mean, normalization.variance] {
                inputs.append(parameter(id, base: base, [network.parameters[id].values.count]))
            }
            writer.node(
                "BatchNormalization", inputs,
                [
                    ("epsilon", .float(Float(normalization.epsilon))),
                    ("momentum", .float(1 - normalization.momentum)),
                ], output: output)
        case .convert: writer.node("Identity", [real(layer.inputs[0])], output: output)
        case .plain(let operation):
            guard let written = operation as? any ONNXWrittenOperation else { throw unsupported(layer) }
            written.write(layer, base: base, output: output, to: &self)
        }
    }

    /// A parameter of a layer as a constant of the graph.
    mutating func parameter(_ id: ParameterID, base: String, _ shape: [Int]) -> String {
        let parameter = network.parameters[id]
        return writer.constant("\(base).\(parameter.role.suffix)", shape, parameter.values)
    }

    private mutating func pair(_ kind: String, _ layer: Layer, output: String) {
        let inputs = layer.inputs.map { real($0) }
        writer.node(kind, inputs, output: output)
    }

    /// Where an axis of a shape is in the graph.
    private static func axis(_ axis: Int, of shape: TensorShape) -> Int {
        shape.isFeatureMap ? [2, 3, 1][axis] : axis + 1
    }

    // MARK: Windows

    private mutating func add(_ convolution: Convolution, _ layer: Layer, base: String, output: String) {
        let inputs = network[layer.inputs[0]].shape.channels
        let x = real(layer.inputs[0])
        let outputs = convolution.outputChannels
        let (height, width) = (convolution.window.kernelHeight, convolution.window.kernelWidth)
        let isDense = convolution.grouping == .dense
        let shape = [outputs, isDense ? inputs : 1, height, width]
        var operands = [x]
        switch convolution.parameters {
        case .float32(let weights, let bias):
            let values = Self.channelsOutermost(
                network.parameters[weights].values, convolution, inputChannels: inputs)
            operands.append(writer.constant(base + ".weight", shape, values))
            if let bias { operands.append(parameter(bias, base: base, [outputs])) }
        case .int8(let weights, let zeroPoint, let scales, let bias):
            let values = Self.channelsOutermost(weights, convolution, inputChannels: inputs)
            let isPerChannel = scales.count > 1
            let list = isPerChannel ? [scales.count] : []
            let bytes = writer.constant(base + ".weight", shape, .int8, integers: values)
            let scale = writer.constant(base + ".weight/scale", list, scales)
            let zero = writer.constant(
                base + ".weight/zero point", list, .int8,
                integers: Array(repeating: Int8(clamping: zeroPoint), count: scales.count))
            operands.append(
                writer.node(
                    "DequantizeLinear", [bytes, scale, zero], [("axis", .integer(0))],
                    output: writer.unique(base + ".weight/dequantized")))
            if !bias.isEmpty, let quantization = network[layer.inputs[0]].element.quantization {
                let bytes = writer.constant(base + ".bias", [outputs], .int32, integers: bias)
                let scale = writer.constant(base + ".bias/scale", list, scales.map { $0 * quantization.scale })
                operands.append(
                    writer.node(
                        "DequantizeLinear", [bytes, scale], [("axis", .integer(0))],
                        output: writer.unique(base + ".bias/dequantized")))
            }
        }
        let attributes = attributes(convolution.window, layer, hasDilations: true)
        writer.node(
            "Conv", operands, attributes + [("group", .integer(isDense ? 1 : outputs))], output: output)
    }

    /// Weights as ONNX has them, [outputs, inputs of a group, height, width].
    private static func channelsOutermost<Value>(
        _ values: [Value], _ convolution: Convolution, inputChannels: Int
    ) -> [Value] {
        let taps = convolution.window.kernelHeight * convolution.window.kernelWidth
        let (outputs, inputs) = (convolution.outputChannels, inputChannels)
        var result: [Value] = []
        result.reserveCapacity(values.count)
        values.withUnsafeBufferPointer { values in
            guard convolution.grouping == .dense else {
                for output in 0..<outputs { for tap in 0..<taps { result.append(values[tap * outputs + output]) } }
                return
            }
            for output in 0..<outputs {
                for input in 0..<inputs {
                    for tap in 0..<taps { result.append(values[(output * taps + tap) * inputs + input]) }
                }
            }
        }
        return result
    }

    /// The window of a layer. A last window that hangs over the edge is written as padding, on whose size runtimes agree.
    private func attributes(
        _ window: Window, _ layer: Layer, hasDilations: Bool
    ) -> [(String, ONNXGraphWriter.Attribute)] {
        let (input, output) = (network[layer.inputs[0]].shape, network[layer.output].shape)
        func end(_ padding: Int, _ from: Int, _ to: Int, _ kernel: Int, _ stride: Int, _ before: Int) -> Int {
            window.ceilMode ? max(0, (to - 1) * stride + kernel - from - before) : padding
        }
        let spans = (
            (window.kernelHeight - 1) * window.dilationY + 1, (window.kernelWidth - 1) * window.dilationX + 1
        )
        let bottom = end(
            window.paddingBottom, input.height, output.height, spans.0, window.strideY, window.paddingTop)
        let right = end(window.paddingRight, input.width, output.width, spans.1, window.strideX, window.paddingLeft)
        return [
            ("kernel_shape", .integers([window.kernelHeight, window.kernelWidth])),
            ("pads", .integers([window.paddingTop, window.paddingLeft, bottom, right])),
            ("strides", .integers([window.strideY, window.strideX])),
        ] + (hasDilations ? [("dilations", .integers([window.dilationY, window.dilationX]))] : [])
    }

    // MARK: Shapes

    /// The same elements in another shape, channels innermost on both sides.
    private mutating func reshape(_ layer: Layer, base: String, output: String) {
        let (from, to) = (network[layer.inputs[0]].shape, network[layer.output].shape)
        var x = real(layer.inputs[0])
        if from.isFeatureMap {
            x = writer.node(
                "Transpose", [x], [("perm", .integers([0, 2, 3, 1]))],
                output: writer.unique(base + "/channels innermost"))
        }
        let shape = writer.list(base + "/shape", [1] + to.dimensions)
        guard to.isFeatureMap else {
            writer.node("Reshape", [x, shape], output: output)
            return
        }
        let map = writer.node("Reshape", [x, shape], output: writer.unique(base + "/reshaped"))
        writer.node("Transpose", [map], [("perm", .integers([0, 3, 1, 2]))], output: output)
    }

    /// x · scale / √(Σ x² + ε) over the channels.
    private mutating func l2Normalization(
        _ layer: Layer, _ scale: [Float], _ epsilon: Float, base: String, output: String
    ) {
        let x = real(layer.inputs[0])
        let two = writer.number(2)
        let squares = writer.node("Pow", [x, two], output: writer.unique(base + "/squares"))
        let axis = writer.list(base + "/axis", [1])
        let sum = writer.node(
            "ReduceSum", [squares, axis], [("keepdims", .integer(1))], output: writer.unique(base + "/sum"))
        let summand = writer.number(epsilon)
        let raised = writer.node("Add", [sum, summand], output: writer.unique(base + "/sum and epsilon"))
        let length = writer.node("Sqrt", [raised], output: writer.unique(base + "/length"))
        let unit = writer.node("Div", [x, length], output: writer.unique(base + "/unit"))
        let factors = writer.constant(base + ".scale", [1, scale.count, 1, 1], scale)
        writer.node("Mul", [unit, factors], output: output)
    }
}
