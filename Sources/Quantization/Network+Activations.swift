import Networks

extension Network {
    /// The same network in which activations that bytes cannot be clamped to (hard-swish and other curves) are layers of
    /// their own, and every tensor is an output, so that all of them can be looked at after a run.
    ///
    /// - Returns: the network, and its tensor for each of this one's.
    func unfolded() throws(NetworkError) -> (network: Network, tensors: [TensorID: TensorID]) {
        var builder = NetworkBuilder(input: self[input].shape, element: self[input].element)
        var made = [input: builder.inputTensor]
        var all: [TensorID] = []
        for layer in layers {
            let inputs = layer.inputs.map { made[$0] ?? builder.inputTensor }
            var operation = layer.operation
            var curve: Activation?
            if case .convolution(var convolution) = operation, convolution.activation.clamp == nil {
                curve = convolution.activation
                convolution.activation = .none
                operation = .convolution(convolution)
            } else if case .add(let activation) = operation, activation.clamp == nil {
                curve = activation
                operation = .add(.none)
            }
            let tensor = self[layer.output]
            var output = try builder.add(
                operation, inputs, parameters: parameters, element: tensor.element, shape: tensor.shape,
                name: layer.name)
            all.append(output)
            if let curve {
                output = try builder.activation(
                    output, curve, element: tensor.element, name: "\(layer.name).\(curve.rawValue)")
                all.append(output)
            }
            made[layer.output] = output
        }
        return (builder.build(outputs: all), made)
    }
}
