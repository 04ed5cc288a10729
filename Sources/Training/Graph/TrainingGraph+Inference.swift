import Networks

extension TrainingGraph {
    /// The network that inference runs, with these parameters: batch normalization by its running statistics, folded into
    /// the convolution before it where nothing else reads that (else a depthwise convolution of one pixel).
    ///
    /// - Parameter roundsWeights: Whether weights are rounded to half precision, in which files hold them in half the bytes.
    /// - Returns: the network; its outputs are those of the graph, in their order.
    public func network(
        parameters: [TrainingParameter], roundsWeights: Bool = false
    ) throws(NetworkError) -> Network {
        precondition(parameters.map(\.name) == self.parameters.map(\.name), "the parameters of this graph")
        var builder = NetworkBuilder(input: inputShape, element: .float32)
        var made = [Int: TensorID]()
        made[input.index] = builder.inputTensor
        func value(_ tensor: Tensor) -> TensorID {
            guard let id = made[tensor.index] else { preconditionFailure("a layer before its inputs") }
            return id
        }
        let foldable = foldableNormalizations
        for layer in layers {
            let x = value(layer.inputs[0])
            switch layer.operation {
            case .convolution(let window, let grouping, let weightIndex, let biasIndex):
                var weights = parameters[weightIndex].values
                var bias = biasIndex.map { parameters[$0].values } ?? []
                let channels = self[layer.output].channels
                var activation = Activation.none
                let normalization = foldable[layer.output.index]
                if let normalization {
                    let (factors, summands) = Self.affine(normalization, parameters)
                    let terms = weights.count / channels
                    for index in weights.indices {
                        weights[index] *= factors[grouping == .dense ? index / terms : index % channels]
                    }
                    if bias.isEmpty { bias = [Float](repeating: 0, count: channels) }
                    for channel in 0..<channels { bias[channel] = bias[channel] * factors[channel] + summands[channel] }
                    activation = normalization.activation
                }
                if roundsWeights {
                    for index in weights.indices
                    where weights[index].magnitude <= Float(Float16.greatestFiniteMagnitude) {
                        weights[index] = Float(Float16(weights[index]))
                    }
                }
                made[layer.output.index] = try builder.convolution(
                    x,
                    Convolution(
                        window: window, grouping: grouping, outputChannels: channels,
                        parameters: builder.floats(weights: weights, bias: bias), activation: activation),
                    name: layer.name)
            case .batchNormalization(let normalization):
                if foldable[layer.inputs[0].index] != nil {
                    made[layer.output.index] = x
                } else {
                    let (factors, summands) = Self.affine(normalization, parameters)
                    made[layer.output.index] = try builder.convolution(
                        x,
                        Convolution(
                            window: Window(kernel: 1), grouping: .depthwise, outputChannels: factors.count,
                            parameters: builder.floats(weights: factors, bias: summands),
                            activation: normalization.activation), name: layer.name)
                }
            case .activation(let activation):
                made[layer.output.index] = try builder.activation(x, activation, name: layer.name)
            case .add: made[layer.output.index] = try builder.add(x, value(layer.inputs[1]), name: layer.name)
            case .maxPooling(let window):
                made[layer.output.index] = try builder.maxPooling(x, window, name: layer.name)
            case .l2Normalization(let scale, let epsilon):
                made[layer.output.index] = try builder.l2Normalization(
                    x, scale: parameters[scale].values, epsilon: epsilon, name: layer.name)
            case .concatenation(let axis):
                made[layer.output.index] = try builder.concatenation(
                    layer.inputs.map(value), axis: axis, name: layer.name)
            case .reshape:
                made[layer.output.index] = try builder.reshape(x, to: self[layer.output], name: layer.name)
            }
        }
        return builder.build(outputs: outputs.map(value))
    }

    /// Normalizations that can be folded, by the tensor between them and their convolution: it has no other reader.
    private var foldableNormalizations: [Int: Layer.BatchNormalization] {
        var readers = [Int](repeating: 0, count: shapes.count)
        for layer in layers { for input in layer.inputs { readers[input.index] += 1 } }
        for output in outputs { readers[output.index] += 1 }
        var convolved: Set<Int> = []
        var result: [Int: Layer.BatchNormalization] = [:]
        for layer in layers {
            switch layer.operation {
            case .convolution: convolved.insert(layer.output.index)
            case .batchNormalization(let normalization):
                let between = layer.inputs[0].index
                if convolved.contains(between), readers[between] == 1 { result[between] = normalization }
            default: continue
            }
        }
        return result
    }

    /// Normalization as x · factor + summand: γ/√(σ² + ε) and β − μ·γ/√(σ² + ε).
    private static func affine(
        _ normalization: Layer.BatchNormalization, _ parameters: [TrainingParameter]
    ) -> (factors: [Float], summands: [Float]) {
        let scale = parameters[normalization.scale].values
        let shift = parameters[normalization.shift].values
        let mean = parameters[normalization.mean].values
        let variance = parameters[normalization.variance].values
        let factors = scale.indices.map { scale[$0] / (variance[$0] + normalization.epsilon).squareRoot() }
        return (factors, scale.indices.map { shift[$0] - mean[$0] * factors[$0] })
    }
}
