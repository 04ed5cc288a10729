import Networks

/// Quantized activations whose only reader turns them into floats: one table does both, from the activation's input.
struct FusedConversions {
    /// Indices of the activations that no step of their own computes.
    let activations: Set<Int>
    /// For each conversion that does an activation's work too, by layer index: that activation's layer index.
    let activationOfConversion: [Int: Int]

    init(network: Network) {
        var readers = [Int](repeating: 0, count: network.tensors.count)
        var makers = [Int?](repeating: nil, count: network.tensors.count)
        for (index, layer) in network.layers.enumerated() {
            for input in layer.inputs { readers[input.index] += 1 }
            makers[layer.output.index] = index
        }
        for output in network.outputs { readers[output.index] += 1 }
        var found: [Int: Int] = [:]
        for (index, layer) in network.layers.enumerated() {
            guard case .convert = layer.operation, network[layer.output].element == .float32,
                let maker = makers[layer.inputs[0].index], readers[layer.inputs[0].index] == 1,
                case .activation = network.layers[maker].operation, network[layer.inputs[0]].element != .float32
            else { continue }
            found[index] = maker
        }
        activationOfConversion = found
        activations = Set(found.values)
    }

    /// The tensors that the step of a layer reads.
    func inputs(of index: Int, in network: Network) -> [TensorID] {
        network.layers[activationOfConversion[index] ?? index].inputs
    }
}
