extension NetworkBuilder {
    /// Adds a layer that does to `inputs` what an operation of another network did.
    ///
    /// - Parameters:
    ///   - parameters: those of the other network.
    ///   - element: what its elements become, for operations that choose.
    ///   - shape: what it was there, for a reshape.
    package mutating func add(
        _ operation: Operation, _ inputs: [TensorID], parameters: ParameterStore, element: ElementType,
        shape: TensorShape, name: String
    ) throws(NetworkError) -> TensorID {
        let x = inputs[0]
        switch operation {
        case .convolution(var convolution):
            if case .float32(let weights, let bias) = convolution.parameters {
                convolution.parameters = floats(weights: parameters.values(weights), bias: parameters.values(bias))
            }
            return try self.convolution(x, convolution, element: element, name: name)
        case .maxPooling(let window): return try maxPooling(x, window, name: name)
        case .averagePooling(let window, let countPadding):
            return try averagePooling(x, window, countPadding: countPadding, name: name)
        case .activation(let activation): return try self.activation(x, activation, element: element, name: name)
        case .add(let activation): return try add(x, inputs[1], activation: activation, element: element, name: name)
        case .multiply: return try multiply(x, inputs[1], name: name)
        case .scaleChannels: return try scaleChannels(x, by: inputs[1], element: element, name: name)
        case .concatenation(let axis): return try concatenation(inputs, axis: axis, name: name)
        case .reshape: return try reshape(x, to: shape, name: name)
        case .softmax: return try softmax(x, name: name)
        case .l2Normalization(let scale, let epsilon):
            return try l2Normalization(x, scale: parameters.values(scale), epsilon: epsilon, name: name)
        case .batchNormalization(let normalization):
            return try batchNormalization(
                x, scale: parameters.values(normalization.scale), shift: parameters.values(normalization.shift),
                mean: parameters.values(normalization.mean), variance: parameters.values(normalization.variance),
                epsilon: normalization.epsilon, momentum: normalization.momentum, name: name)
        case .convert: return try convert(x, to: element, name: name)
        case .plain(let operation):
            return try plain(
                x, operation, parameters: operation.parameters.map(parameters.values), element: element, name: name)
        }
    }
}
