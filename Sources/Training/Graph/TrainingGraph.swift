import Networks

/// A network as training sees it: layers over named parameters that change, batch normalization not yet folded into
/// anything. Made by `TrainingGraphBuilder`, which proves every shape; `network(parameters:)` is what inference runs.
public struct TrainingGraph: Sendable {
    /// A tensor of the graph, by its number.
    public struct Tensor: Sendable, Hashable {
        let index: Int
    }

    /// A parameter and how it begins.
    public struct ParameterDescription: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its extents.
        public var shape: [Int]
        /// What it is for.
        public var role: TrainingParameter.Role
        /// How it begins.
        public var initialization: ParameterInitialization
    }

    /// A layer; numbers of parameters are positions in `parameters`.
    struct Layer: Sendable {
        enum Operation: Sendable {
            case convolution(Window, Convolution.Grouping, weights: Int, bias: Int?)
            case batchNormalization(BatchNormalization)
            case activation(Activation)
            case add
            case maxPooling(Window)
            case l2Normalization(scale: Int, epsilon: Float)
            case concatenation(axis: Int)
            case reshape
        }

        /// Batch normalization (Ioffe and Szegedy 2015) and the activation after it.
        struct BatchNormalization: Sendable {
            var scale: Int, shift: Int, mean: Int, variance: Int
            var epsilon: Float
            /// The share of the running statistics that each batch replaces.
            var momentum: Float
            var activation: Activation
            /// Whether the running statistics are taken for those of every batch and stay as they are.
            var isFixed = false
        }

        let name: String
        var operation: Operation
        let inputs: [Tensor]
        let output: Tensor
    }

    let shapes: [TensorShape]
    private(set) var layers: [Layer]
    /// The parameters, in the order in which everything lists them.
    public private(set) var parameters: [ParameterDescription]
    /// What the network is for.
    public let outputs: [Tensor]
    let input: Tensor

    /// The shape of a tensor for one image.
    public subscript(_ tensor: Tensor) -> TensorShape { shapes[tensor.index] }

    /// The shape of the input, `[height, width, channels]`.
    public var inputShape: TensorShape { self[input] }

    /// Parameters as they begin.
    public func initialParameters(seed: UInt64) -> [TrainingParameter] {
        parameters.enumerated().map { index, description in
            // A stream for each, so that a change of one layer leaves the others as they were.
            var random = RandomStream(seed: seed, index)
            let count = description.shape.reduce(1, *)
            return TrainingParameter(
                name: description.name, shape: description.shape, role: description.role,
                values: description.initialization.values(count: count, using: &random))
        }
    }

    init(
        shapes: [TensorShape], layers: [Layer], parameters: [ParameterDescription], outputs: [Tensor], input: Tensor
    ) {
        self.shapes = shapes
        self.layers = layers
        self.parameters = parameters
        self.outputs = outputs
        self.input = input
    }

    /// The graph with the statistics of some batch normalizations fixed, by the names of their layers.
    func fixingStatistics(of names: Set<String>) -> TrainingGraph {
        var graph = self
        for index in graph.layers.indices where names.contains(graph.layers[index].name) {
            guard case .batchNormalization(var normalization) = graph.layers[index].operation else { continue }
            normalization.isFixed = true
            graph.layers[index].operation = .batchNormalization(normalization)
        }
        return graph
    }

    /// The graph in which the layers of some names do not change: neither their parameters nor their statistics.
    ///
    /// - Parameter patterns: Names of layers, with `*` for any letters.
    /// - Returns: the graph and the names of the layers.
    public func freezing(_ patterns: [String]) -> (graph: TrainingGraph, layers: [String]) {
        func matches(_ name: Substring, _ pattern: Substring) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return matches(name, pattern.dropFirst()) || !name.isEmpty && matches(name.dropFirst(), pattern)
            }
            return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
        }
        let frozen = layers.map(\.name).filter { name in patterns.contains { matches(name[...], $0[...]) } }
        let names = Set(frozen)
        var graph = fixingStatistics(of: names)
        var affected: [String] = []
        for index in graph.parameters.indices {
            let owner = graph.parameters[index].name
            guard let dot = owner.lastIndex(of: "."), names.contains(String(owner[..<dot])) else { continue }
            graph.parameters[index].role = .frozen
            affected.append(String(owner[..<dot]))
        }
        let owners = Set(affected)
        return (graph, frozen.filter { owners.contains($0) })
    }
}
