/// A network as a graph of values: tensors and the layers that make them, in an order in which they can run.
///
/// It is made by `NetworkBuilder`, which proves every shape, so that whoever walks the graph (the plan, a table) can
/// rely on it.
public struct Network: Sendable {
    /// The tensors, by the index of their `TensorID`.
    public let tensors: [Tensor]
    /// The layers; each comes after the makers of its inputs.
    public let layers: [Layer]
    /// The image tensor, `[height, width, 3]`.
    public let input: TensorID
    /// What the network is for, in the order its builder gave.
    public let outputs: [TensorID]
    /// The parameters of its layers of floats; layers of bytes have theirs in them.
    public package(set) var parameters: ParameterStore

    /// A graph whose shapes were proven.
    package init(
        tensors: [Tensor], layers: [Layer], input: TensorID, outputs: [TensorID], parameters: ParameterStore
    ) {
        self.tensors = tensors
        self.layers = layers
        self.input = input
        self.outputs = outputs
        self.parameters = parameters
    }

    /// The tensor of an identifier.
    public subscript(_ id: TensorID) -> Tensor { tensors[id.index] }

    /// Multiply-adds that a layer does for one image; 0 for layers that only move or look up.
    public func multiplyAdds(of layer: Layer) -> Int {
        switch layer.operation {
        case .convolution(let convolution):
            let taps = convolution.window.kernelHeight * convolution.window.kernelWidth
            let channels = convolution.grouping == .dense ? self[layer.inputs[0]].shape.channels : 1
            return self[layer.output].shape.elementCount * taps * channels
        default: return 0
        }
    }

    /// Multiply-adds of all layers for one image.
    public var multiplyAdds: Int { layers.reduce(0) { $0 + multiplyAdds(of: $1) } }
}
