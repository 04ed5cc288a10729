import Networks

/// Which layer alone reads a tensor.
struct SoleReaders {
    private var layers: [Layer?]

    init(_ network: Network) {
        layers = Array(repeating: nil, count: network.tensors.count)
        var counts = [Int](repeating: 0, count: network.tensors.count)
        for output in network.outputs { counts[output.index] += 1 }
        for layer in network.layers {
            for input in layer.inputs {
                counts[input.index] += 1
                layers[input.index] = layer
            }
        }
        for (index, count) in counts.enumerated() where count != 1 { layers[index] = nil }
    }

    /// The layer; nil where there are several or none, or where the tensor is an output.
    subscript(_ tensor: TensorID) -> Layer? { layers[tensor.index] }
}
