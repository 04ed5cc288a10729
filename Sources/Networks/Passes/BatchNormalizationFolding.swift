/// The pass that makes batch normalization, by its running statistics, part of the convolution before it.
///
/// A convolution that nothing but a normalization reads, and that nothing but an activation reads,
///
///     x → convolution → batch normalization → activation → y      becomes      x → convolution → y
///
/// with weights w · γ/√(σ² + ε) and bias β − μ · γ/√(σ² + ε) + b · γ/√(σ² + ε), computed in double precision and rounded
/// once. A normalization of anything else becomes a depthwise convolution of one pixel. It stands here and not among the
/// engine's passes, which it precedes, as model files and quantization are of folded networks too.
struct BatchNormalizationFolding: ~Copyable {
    /// A normalization and the activation that alone reads it.
    private struct Fold {
        var normalization: BatchNormalization
        var activation = Activation.none
        /// What the last of them makes.
        var output: TensorID
    }

    private let source: Network
    private var builder: NetworkBuilder
    /// What folds into a convolution or begins with a normalization, by the index of that layer.
    private var folds: [Int: Fold] = [:]
    /// Layers that are part of an earlier one.
    private var absorbed: Set<Int> = []

    init(_ source: Network) {
        self.source = source
        builder = NetworkBuilder(input: source[source.input].shape, element: source[source.input].element)
        var readers = [[Int]](repeating: [], count: source.tensors.count)
        var makers = [Int?](repeating: nil, count: source.tensors.count)
        for (index, layer) in source.layers.enumerated() {
            for input in layer.inputs { readers[input.index].append(index) }
            makers[layer.output.index] = index
        }
        let outputs = Set(source.outputs)
        func soleReader(_ tensor: TensorID) -> Int? {
            outputs.contains(tensor) || readers[tensor.index].count != 1 ? nil : readers[tensor.index][0]
        }
        for (index, layer) in source.layers.enumerated() {
            guard case .batchNormalization(let normalization) = layer.operation else { continue }
            var fold = Fold(normalization: normalization, output: layer.output)
            if let reader = soleReader(layer.output), case .activation(let activation) = source.layers[reader].operation
            {
                fold.activation = activation
                fold.output = source.layers[reader].output
                absorbed.insert(reader)
            }
            if let maker = makers[layer.inputs[0].index], soleReader(layer.inputs[0]) == index,
                case .convolution(let convolution) = source.layers[maker].operation, convolution.activation == .none
            {
                folds[maker] = fold
                absorbed.insert(index)
            } else {
                folds[index] = fold
            }
        }
    }

    /// The network without batch normalization; its outputs keep their order.
    consuming func folded() throws(NetworkError) -> Network {
        var made = [source.input: builder.inputTensor]
        func value(_ id: TensorID) -> TensorID {
            guard let value = made[id] else { preconditionFailure("layers come after the makers of their inputs") }
            return value
        }
        for (index, layer) in source.layers.enumerated() where !absorbed.contains(index) {
            let inputs = layer.inputs.map(value)
            if let fold = folds[index] {
                let convolution = convolution(fold, into: layer)
                made[fold.output] = try builder.convolution(inputs[0], convolution, name: layer.name)
            } else {
                let output = source[layer.output]
                made[layer.output] = try builder.add(
                    layer.operation, inputs, parameters: source.parameters, element: output.element,
                    shape: output.shape, name: layer.name)
            }
        }
        let outputs = source.outputs.map(value)
        return builder.build(outputs: outputs)
    }

    /// A convolution with a normalization folded into it, or that normalization as a convolution.
    private mutating func convolution(_ fold: Fold, into layer: Layer) -> Convolution {
        let (factors, summands) = affine(fold.normalization)
        guard case .convolution(var convolution) = layer.operation,
            case .float32(let weightID, let biasID) = convolution.parameters
        else {
            return Convolution(
                window: Window(kernel: 1), grouping: .depthwise, outputChannels: factors.count,
                parameters: builder.floats(weights: factors.map { Float($0) }, bias: summands.map { Float($0) }),
                activation: fold.activation)
        }
        var weights = source.parameters.values(weightID)
        let (channels, terms) = (factors.count, weights.count / factors.count)
        weights.withUnsafeMutableBufferPointer { weights in
            // The weights of a channel lie together in dense convolutions, `channels` apart in depthwise ones.
            let isDense = convolution.grouping == .dense
            let (channelStep, termStep) = isDense ? (terms, 1) : (1, channels)
            for channel in 0..<channels {
                var index = channel * channelStep
                for _ in 0..<terms {
                    weights[index] = Float(Double(weights[index]) * factors[channel])
                    index += termStep
                }
            }
        }
        var sums = summands
        for (channel, bias) in source.parameters.values(biasID).enumerated() {
            sums[channel] += Double(bias) * factors[channel]
        }
        convolution.parameters = builder.floats(weights: weights, bias: sums.map { Float($0) })
        convolution.activation = fold.activation
        return convolution
    }

    /// Normalization as x · factor + summand: γ/√(σ² + ε) and β − μ · γ/√(σ² + ε).
    private func affine(_ normalization: BatchNormalization) -> (factors: [Double], summands: [Double]) {
        let parameters = source.parameters
        let (scale, shift) = (parameters.values(normalization.scale), parameters.values(normalization.shift))
        let (mean, variance) = (parameters.values(normalization.mean), parameters.values(normalization.variance))
        let factors = zip(scale, variance).map { Double($0) / (Double($1) + normalization.epsilon).squareRoot() }
        return (factors, factors.indices.map { Double(shift[$0]) - Double(mean[$0]) * factors[$0] })
    }
}

extension Network {
    /// The network without batch normalization: what inference runs. It is this one where there is none; else tensors have
    /// new identifiers, outputs in their order.
    ///
    /// - Throws: if the network cannot be built, which a valid one always can.
    package func foldingBatchNormalization() throws(NetworkError) -> Network {
        let isFolded = layers.allSatisfy { if case .batchNormalization = $0.operation { false } else { true } }
        return isFolded ? self : try BatchNormalizationFolding(self).folded()
    }
}

extension DetectionModel {
    /// The detector without batch normalization: what inference runs and quantization begins with.
    ///
    /// - Throws: as `Network.foldingBatchNormalization` does.
    package func foldingBatchNormalization() throws(NetworkError) -> DetectionModel {
        var model = self
        model.network = try network.foldingBatchNormalization()
        for (old, new) in zip(network.outputs, model.network.outputs) {
            if old == locations { model.locations = new }
            if old == scores { model.scores = new }
        }
        return model
    }
}
