import Networks
import Training

/// Builds a network layer by layer with the parameters that training begins with.
final class TrainableNetworkBuilder {
    private var network: NetworkBuilder
    private var parameters: InitialParameters

    init(input: TensorShape, seed: UInt64 = 1) {
        network = NetworkBuilder(input: input, element: .float32)
        parameters = InitialParameters(seed: seed)
    }

    var inputTensor: TensorID { network.inputTensor }

    subscript(_ id: TensorID) -> TensorShape { network[id].shape }

    /// Ends the network.
    func build(outputs: [TensorID]) -> Network {
        var network = NetworkBuilder(input: self[inputTensor], element: .float32)
        swap(&network, &self.network)
        return network.build(outputs: outputs)
    }

    func convolution(
        _ x: TensorID, window: Window, grouping: Convolution.Grouping = .dense, outputChannels: Int,
        hasBias: Bool = true, deviation: Float? = nil, activation: Activation = .none, name: String
    ) throws(NetworkError) -> TensorID {
        let kernel = [window.kernelHeight, window.kernelWidth]
        let shape = grouping == .dense ? [outputChannels] + kernel + [self[x].channels] : kernel + [outputChannels]
        let weights = values(name, .weight, shape, deviation)
        let bias = hasBias ? values(name, .bias, [outputChannels]) : []
        return try network.convolution(
            x,
            Convolution(
                window: window, grouping: grouping, outputChannels: outputChannels,
                parameters: network.floats(weights: weights, bias: bias), activation: activation), name: name)
    }

    func prelu(_ x: TensorID, name: String) throws(NetworkError) -> TensorID {
        try network.prelu(x, slopes: values(name, PReLU.roles[0], [self[x].channels]), name: name)
    }

    /// Batch normalization and the activation after it.
    func batchNormalization(
        _ x: TensorID, activation: Activation = .none, momentum: Float = 0.1, name: String
    ) throws(NetworkError) -> TensorID {
        let shape = [self[x].channels]
        let y = try network.batchNormalization(
            x, scale: values(name, .normalizationScale, shape), shift: values(name, .normalizationShift, shape),
            mean: values(name, .normalizationMean, shape), variance: values(name, .normalizationVariance, shape),
            momentum: momentum, name: name)
        return activation == .none ? y : try network.activation(y, activation, name: name + ".activation")
    }

    func l2Normalization(_ x: TensorID, name: String) throws(NetworkError) -> TensorID {
        try network.l2Normalization(x, scale: values(name, .l2Scale, [self[x].channels]), name: name)
    }

    /// Any layer without parameters.
    func layer(
        _ operation: Operation, _ inputs: [TensorID], shape: [Int] = [1], name: String
    ) throws(NetworkError) -> TensorID {
        try network.add(
            operation, inputs, parameters: ParameterStore(), element: .float32, shape: try TensorShape(shape),
            name: name)
    }

    private func values(
        _ layer: String, _ role: ParameterRole, _ shape: [Int], _ deviation: Float? = nil
    ) -> [Float] {
        parameters.values(
            of: ParameterDescription(layer: layer, role: role, shape: shape, initialDeviation: deviation))
    }
}
