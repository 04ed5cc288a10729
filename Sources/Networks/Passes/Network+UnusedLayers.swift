extension Network {
    /// The same graph without the layers that its outputs do not need, and without their parameters. It is this one where there
    /// are none; else tensors have new identifiers, outputs in their order.
    ///
    /// - Throws: if the network cannot be built, which a valid one always can.
    package func removingUnusedLayers() throws(NetworkError) -> Network {
        var needed = Set(outputs)
        for layer in layers.reversed() where needed.contains(layer.output) { needed.formUnion(layer.inputs) }
        guard !layers.allSatisfy({ needed.contains($0.output) }) else { return self }
        var builder = NetworkBuilder(input: self[input].shape, element: self[input].element)
        var made = [input: builder.inputTensor]
        func value(_ id: TensorID) -> TensorID {
            guard let value = made[id] else { preconditionFailure("layers come after the makers of their inputs") }
            return value
        }
        for layer in layers where needed.contains(layer.output) {
            let output = self[layer.output]
            made[layer.output] = try builder.add(
                layer.operation, layer.inputs.map(value), parameters: parameters, element: output.element,
                shape: output.shape, name: layer.name)
        }
        let outputs = outputs.map(value)
        return builder.build(outputs: outputs)
    }
}
