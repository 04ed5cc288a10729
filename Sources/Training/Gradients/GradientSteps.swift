import CKernels
import Networks

/// The pass that makes of a network what training computes: a step for each operation, batch normalization with the
/// activation that alone reads it in one, a convolution with its activation in one where that has a derivative by its
/// result, and the other activations of convolutions and sums as steps of their own.
struct GradientSteps {
    /// The shapes of the tensors: those of the network by their numbers, and behind them what steps hand on between
    /// themselves.
    private(set) var shapes: [TensorShape]
    /// The steps, in an order in which they can run.
    private(set) var steps: [any LayerGradient] = []

    /// For each of these tensors, whether anything that is trained comes before it: else nobody asks for its gradient.
    private(set) var needsGradient: [Bool]

    private let network: Network
    private let frozen: FrozenLayers
    private let readers: SoleReaders

    /// - Throws: `NetworkError.elementType` for a layer of bytes, `invalidParameter` for one that cannot be trained otherwise.
    init(_ network: Network, frozen: FrozenLayers) throws(NetworkError) {
        self.network = network
        self.frozen = frozen
        shapes = network.tensors.map(\.shape)
        needsGradient = shapes.map { _ in false }
        readers = SoleReaders(network)
        var trained: Set<String> = []
        for parameter in network.parameters.all where !parameter.role.isStatistic {
            let layer = parameter.description.layer
            if !frozen.parameters.contains(layer) { trained.insert(layer) }
        }
        // Made by layers that are part of the step of an earlier one.
        var absorbed: Set<TensorID> = []
        for layer in network.layers {
            guard layer.inputs.allSatisfy({ network[$0].element == .float32 }),
                network[layer.output].element == .float32
            else { throw .elementType(layer: layer.name, reason: "a quantized network cannot be trained") }
            needsGradient[layer.output.index] =
                trained.contains(layer.name) || layer.inputs.contains { needsGradient[$0.index] }
            guard !absorbed.contains(layer.output) else { continue }
            absorbed.formUnion(try add(layer))
        }
    }

    /// Adds the step of a layer.
    ///
    /// - Returns: the tensors made by layers behind it that are part of the step.
    private mutating func add(_ layer: Layer) throws(NetworkError) -> [TensorID] {
        switch layer.operation {
        case .convolution(let convolution):
            if let step = folded(convolution, layer) {
                steps.append(step.step)
                return step.absorbed
            }
            try add(convolution, layer)
        case .batchNormalization(let normalization):
            let (activation, last) = normalized(layer)
            steps.append(
                BatchNormalizationGradient(
                    input: layer.inputs[0].index, output: last.output.index, normalization, activation: activation,
                    isFixed: frozen.statistics.contains(layer.name)))
            return last.output == layer.output ? [] : [last.output]
        default: try addPlain(layer)
        }
        return []
    }

    /// The activation that alone reads a normalization and that its step computes, and the layer that makes the result.
    private func normalized(_ layer: Layer) -> (activation: Activation, last: Layer) {
        guard let reader = readers[layer.output], case .activation(let activation) = reader.operation,
            BatchNormalizationGradient.computes(activation)
        else { return (.none, layer) }
        return (activation, reader)
    }

    /// The step of a convolution with the batch normalization of fixed statistics behind it, and its activation.
    private func folded(
        _ convolution: Convolution, _ layer: Layer
    ) -> (step: FoldedConvolutionGradient, absorbed: [TensorID])? {
        guard convolution.activation == .none, case .float32(let weights, let bias) = convolution.parameters,
            let reader = readers[layer.output], case .batchNormalization(let normalization) = reader.operation,
            frozen.statistics.contains(reader.name), isSupported(convolution.window)
        else { return nil }
        let (activation, last) = normalized(reader)
        guard let function = activation.functionOfResult else { return nil }
        let step = FoldedConvolutionGradient(
            input: layer.inputs[0].index, output: last.output.index, window: convolution.window,
            grouping: convolution.grouping, weights: weights.index, bias: bias?.index, normalization: normalization,
            activation: function)
        return (step, [reader.output, last.output])
    }

    private func isSupported(_ window: Window) -> Bool {
        (window.dilationY == 1 && window.dilationX == 1) || (window.strideY == 1 && window.strideX == 1)
    }

    private mutating func addPlain(_ layer: Layer) throws(NetworkError) {
        let (input, output) = (layer.inputs[0].index, layer.output.index)
        switch layer.operation {
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
        case .convolution, .batchNormalization: preconditionFailure("they are added by themselves")
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
        guard isSupported(window) else {
            throw .invalidParameter(
                layer: layer.name, parameter: "window", reason: "has both strides and dilation, which cannot be trained"
            )
        }
        let function = convolution.activation.functionOfResult
        let sum = function == nil ? before(convolution.activation, layer) : layer.output.index
        steps.append(
            ConvolutionGradient(
                input: layer.inputs[0].index, output: sum, window: window, grouping: convolution.grouping,
                weights: weights.index, bias: bias?.index, activation: function ?? CK_ACTIVATION_NONE))
        add(convolution.activation, after: sum, layer)
    }

    /// The tensor of a layer's sums: its output, or one before its activation.
    private mutating func before(_ activation: Activation, _ layer: Layer) -> Int {
        guard activation != .none else { return layer.output.index }
        shapes.append(network[layer.output].shape)
        needsGradient.append(needsGradient[layer.output.index])
        return shapes.count - 1
    }

    private mutating func add(_ activation: Activation, after sum: Int, _ layer: Layer) {
        guard sum != layer.output.index else { return }
        steps.append(ActivationGradient(input: sum, output: layer.output.index, activation: activation))
    }
}
