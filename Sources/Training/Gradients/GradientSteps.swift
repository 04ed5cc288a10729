import Networks

/// The pass that makes of a network what training computes: a step for each operation, batch normalization with the
/// activation that alone reads it in one, and the activation of a convolution or sum as a step of its own.
struct GradientSteps {
    /// The shapes of the tensors: those of the network by their numbers, and behind them what steps hand on between
    /// themselves.
    private(set) var shapes: [TensorShape]
    /// The steps, in an order in which they can run.
    private(set) var steps: [any LayerGradient] = []

    private let network: Network

    /// - Throws: `NetworkError.elementType` for a layer of bytes, `invalidParameter` for one that cannot be trained otherwise.
    init(_ network: Network, frozen: FrozenLayers) throws(NetworkError) {
        self.network = network
        shapes = network.tensors.map(\.shape)
        var readers = [Int](repeating: 0, count: network.tensors.count)
        for layer in network.layers { for input in layer.inputs { readers[input.index] += 1 } }
        for output in network.outputs { readers[output.index] += 1 }
        // Activations that a normalization before them computes, by the tensor in between.
        var absorbed: [TensorID: Layer] = [:]
        var normalized: Set<TensorID> = []
        for layer in network.layers {
            if case .batchNormalization = layer.operation { normalized.insert(layer.output) }
            if case .activation(let activation) = layer.operation, normalized.contains(layer.inputs[0]),
                readers[layer.inputs[0].index] == 1, BatchNormalizationGradient.computes(activation)
            {
                absorbed[layer.inputs[0]] = layer
            }
        }
        for layer in network.layers {
            guard layer.inputs.allSatisfy({ network[$0].element == .float32 }),
                network[layer.output].element == .float32
            else { throw .elementType(layer: layer.name, reason: "a quantized network cannot be trained") }
            switch layer.operation {
            case .batchNormalization(let normalization):
                let reader = absorbed[layer.output]
                var activation = Activation.none
                if case .activation(let function)? = reader?.operation { activation = function }
                steps.append(
                    BatchNormalizationGradient(
                        input: layer.inputs[0].index, output: (reader ?? layer).output.index, normalization,
                        activation: activation, isFixed: frozen.statistics.contains(layer.name)))
            case .activation where absorbed[layer.inputs[0]] != nil: continue
            default: try add(layer)
            }
        }
    }

    private mutating func add(_ layer: Layer) throws(NetworkError) {
        let (input, output) = (layer.inputs[0].index, layer.output.index)
        switch layer.operation {
        case .convolution(let convolution): try add(convolution, layer)
        case .maxPooling(let window): steps.append(MaxPoolingGradient(input: input, output: output, window: window))
        case .averagePooling(let window, let countPadding):
            steps.append(
                AveragePoolingGradient(input: input, output: output, window: window, countsPadding: countPadding))
        case .activation(let activation):
            steps.append(ActivationGradient(input: input, output: output, activation: activation))
        case .add(let activation):
            let sum = before(activation, layer)
            steps.append(AdditionGradient(a: input, b: layer.inputs[1].index, output: sum))
            add(activation, after: sum, layer)
        case .multiply: steps.append(MultiplicationGradient(a: input, b: layer.inputs[1].index, output: output))
        case .scaleChannels:
            steps.append(ChannelScalingGradient(input: input, factors: layer.inputs[1].index, output: output))
        case .concatenation(let axis):
            steps.append(ConcatenationGradient(inputs: layer.inputs.map(\.index), output: output, axis: axis))
        case .reshape, .convert: steps.append(IdentityGradient(input: input, output: output))
        case .softmax: steps.append(SoftmaxGradient(input: input, output: output))
        case .l2Normalization(let scale, let epsilon):
            steps.append(L2NormalizationGradient(input: input, output: output, scale: scale.index, epsilon: epsilon))
        case .batchNormalization: preconditionFailure("it was added with its activation")
        case .plain(let operation):
            guard let differentiable = operation as? any DifferentiableOperation else {
                preconditionFailure("\(type(of: operation).kind) has no gradient")
            }
            steps.append(differentiable.gradient(input: input, output: output))
        }
    }

    private mutating func add(_ convolution: Convolution, _ layer: Layer) throws(NetworkError) {
        guard case .float32(let weights, let bias) = convolution.parameters else {
            throw .elementType(layer: layer.name, reason: "a quantized network cannot be trained")
        }
        let window = convolution.window
        guard (window.dilationY == 1 && window.dilationX == 1) || (window.strideY == 1 && window.strideX == 1) else {
            throw .invalidParameter(
                layer: layer.name, parameter: "window", reason: "has both strides and dilation, which cannot be trained"
            )
        }
        let (input, sum) = (layer.inputs[0].index, before(convolution.activation, layer))
        switch convolution.grouping {
        case .dense:
            steps.append(
                ConvolutionGradient(
                    input: input, output: sum, window: window, weights: weights.index, bias: bias?.index))
        case .depthwise:
            steps.append(
                DepthwiseGradient(
                    input: input, output: sum, window: window, weights: weights.index, bias: bias?.index))
        }
        add(convolution.activation, after: sum, layer)
    }

    /// The tensor of a layer's sums: its output, or one before its activation.
    private mutating func before(_ activation: Activation, _ layer: Layer) -> Int {
        guard activation != .none else { return layer.output.index }
        shapes.append(network[layer.output].shape)
        return shapes.count - 1
    }

    private mutating func add(_ activation: Activation, after sum: Int, _ layer: Layer) {
        guard sum != layer.output.index else { return }
        steps.append(ActivationGradient(input: sum, output: layer.output.index, activation: activation))
    }
}
