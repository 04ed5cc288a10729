extension NetworkBuilder {
    /// Adds a plain operation on a feature map.
    ///
    /// - Parameters:
    ///   - operation: Without its parameters, which get their places in the network's store here.
    ///   - values: Those of each parameter, one a channel.
    ///   - element: What its elements become; for an operation that keeps the quantization, what they are.
    public mutating func plain(
        _ x: TensorID, _ operation: any PlainOperation, parameters values: [[Float]], element: ElementType, name: String
    ) throws(NetworkError) -> TensorID {
        let input = try featureMap(x, layer: name)
        let roles = type(of: operation).roles
        precondition(roles.count == values.count, "as many parameters as the operation has")
        var operation = operation
        operation.parameters = []
        for (role, values) in zip(roles, values) {
            operation.parameters.append(try channelParameter(values, role, channels: input.channels, layer: name))
        }
        guard (element == .float32) == (self[x].element == .float32) else {
            throw .elementType(layer: name, reason: "it keeps float or quantized elements as they are")
        }
        guard !operation.keepsQuantization || element == self[x].element else {
            throw .elementType(layer: name, reason: "its result is quantized as its input is")
        }
        let shape = try operation.shape(of: input, layer: name)
        return try append(.plain(operation), [x], Tensor(shape: shape, element: element), name)
    }
}
