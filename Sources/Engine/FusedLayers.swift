import Networks

/// Layers that become one step of a plan. In floats: a sum done where a convolution stores its result, a scaling of
/// channels done to the weights of the convolution after it, and a depthwise convolution with the pointwise ones around
/// it, whose tensors in between then never exist as a whole. In bytes: an activation done by whichever thread has made
/// the convolution's results, in their place.
struct FusedLayers {
    /// The layers of one step, each made by the one before it from nothing else but the step's inputs.
    struct Group {
        /// A pointwise convolution whose only reader is `depthwise`.
        var expand: Int?
        /// A depthwise convolution run with its neighbours, strip by strip.
        var depthwise: Int?
        /// A channel scaling that `convolution` does.
        var scale: Int?
        /// The convolution that ends the step, but for the sum; nil where `depthwise` does.
        var convolution: Int?
        /// The sum that the last convolution's store does.
        var sum: Int?
        /// The activation of the bytes that `convolution` makes.
        var activation: Int?
        /// What the step reads.
        var input: TensorID
        var factors: TensorID?
        var residual: TensorID?

        /// Indices of its layers, in their order.
        var layers: [Int] { [expand, depthwise, scale, convolution, sum, activation].compactMap { $0 } }

        /// Everything that it reads.
        var inputs: [TensorID] { [input, factors, residual].compactMap { $0 } }
    }

    /// The groups, by the index of their last layer, which is when they run.
    let groups: [Int: Group]
    /// Indices of the layers that are part of a group but not its last.
    let absorbed: Set<Int>

    /// Between layers, a tensor smaller than this stays in a second-level cache by itself.
    private static let leastBytes = 128 << 10
    /// Each strip of rows passes over the weights of a block's pointwise layers: they must stay in the cache too.
    private static let mostWeightBytes = 384 << 10

    /// - Parameters:
    ///   - bfloat16: of these, convolutions that cannot join others stay by themselves.
    ///   - conversions: what does the work of some activations of bytes already.
    init(network: Network, bfloat16: BFloat16Convolutions = .none, conversions: FusedConversions) {
        var finder = Finder(network: network, bfloat16: bfloat16)
        // Blocks first: their convolutions would be part of smaller groups as well.
        let indices = network.layers.indices
        let found =
            indices.compactMap { finder.block(around: $0) } + indices.compactMap { finder.convolution($0) }
            + indices.compactMap { finder.bytes($0, except: conversions.activations) }
        groups = Dictionary(uniqueKeysWithValues: found.compactMap { group in group.layers.last.map { ($0, group) } })
        absorbed = Set(found.flatMap { $0.layers.dropLast() })
    }

    /// What can be told of a layer's neighbours.
    private struct Finder {
        let network: Network
        let bfloat16: BFloat16Convolutions
        private var makers: [Int?]
        /// The one layer that reads a tensor; nil where there are several, or where it is an output of the network.
        private var soleReaders: [Int?]
        /// Layers that are part of a group.
        private var taken = Set<Int>()

        init(network: Network, bfloat16: BFloat16Convolutions) {
            self.network = network
            self.bfloat16 = bfloat16
            makers = .init(repeating: nil, count: network.tensors.count)
            soleReaders = makers
            var counts = [Int](repeating: 0, count: network.tensors.count)
            for (index, layer) in network.layers.enumerated() {
                makers[layer.output.index] = index
                for input in layer.inputs {
                    counts[input.index] += 1
                    soleReaders[input.index] = index
                }
            }
            for output in network.outputs { counts[output.index] += 2 }
            for index in counts.indices where counts[index] != 1 { soleReaders[index] = nil }
        }

        /// The block whose depthwise convolution is layer `index`, if it is one and worth a step.
        mutating func block(around index: Int) -> Group? {
            guard floatConvolution(index)?.grouping == .depthwise else { return nil }
            let layer = network.layers[index]
            var group = Group(depthwise: index, input: layer.inputs[0])
            if let maker = makers[layer.inputs[0].index], soleReaders[layer.inputs[0].index] == index,
                isWorthStrips(maker, around: layer.inputs[0])
            {
                group.expand = maker
                group.input = network.layers[maker].inputs[0]
            }
            // Both pointwise convolutions of a block compute alike.
            if let reader = soleReaders[layer.output.index], isWorthStrips(reader, around: layer.output),
                group.expand.map({ isBFloat16($0) == isBFloat16(reader) }) ?? true
            {
                group.convolution = reader
            }
            guard group.expand != nil || group.convolution != nil else { return nil }
            addSum(to: &group, after: group.convolution ?? index)
            return taking(group)
        }

        /// The convolution of layer `index` with a scaling before it, a sum after it, or both.
        mutating func convolution(_ index: Int) -> Group? {
            guard floatConvolution(index) != nil, !taken.contains(index) else { return nil }
            var group = Group(convolution: index, input: network.layers[index].inputs[0])
            if isPointwise(index), let maker = makers[group.input.index], soleReaders[group.input.index] == index,
                case .scaleChannels = network.layers[maker].operation
            {
                group.scale = maker
                group.input = network.layers[maker].inputs[0]
                group.factors = network.layers[maker].inputs[1]
            }
            addSum(to: &group, after: index)
            return group.layers.count > 1 ? taking(group) : nil
        }

        /// The 8-bit convolution of layer `index` with the activation that alone reads it.
        mutating func bytes(_ index: Int, except activations: Set<Int>) -> Group? {
            let layer = network.layers[index]
            guard case .convolution(let convolution) = layer.operation, case .int8 = convolution.parameters,
                let reader = soleReaders[layer.output.index], !activations.contains(reader),
                case .activation = network.layers[reader].operation
            else { return nil }
            return taking(Group(convolution: index, activation: reader, input: layer.inputs[0]))
        }

        private mutating func taking(_ group: Group) -> Group {
            taken.formUnion(group.layers)
            return group
        }

        private func addSum(to group: inout Group, after index: Int) {
            let output = network.layers[index].output
            guard floatConvolution(index)?.activation == Activation.none, let reader = soleReaders[output.index],
                !taken.contains(reader), case .add = network.layers[reader].operation,
                let other = network.layers[reader].inputs.first(where: { $0 != output })
            else { return }
            group.sum = reader
            group.residual = other
        }

        /// Whether a neighbour of a depthwise convolution is run with it: `tensor` is what lies between them.
        private func isWorthStrips(_ neighbour: Int, around tensor: TensorID) -> Bool {
            guard !taken.contains(neighbour), isPointwise(neighbour) else { return false }
            let layer = network.layers[neighbour]
            let weights = network[layer.inputs[0]].shape.channels * network[layer.output].shape.channels
            let weightSize = isBFloat16(neighbour) ? 2 : 4
            return network[tensor].size >= FusedLayers.leastBytes
                && weights * weightSize <= FusedLayers.mostWeightBytes
        }

        private func isBFloat16(_ index: Int) -> Bool { bfloat16.layers.contains(index) }

        private func floatConvolution(_ index: Int) -> Convolution? {
            guard case .convolution(let convolution) = network.layers[index].operation,
                case .float32 = convolution.parameters,
                !bfloat16.layers.contains(index) || bfloat16.joining.contains(index)
            else { return nil }
            return convolution
        }

        private func isPointwise(_ index: Int) -> Bool {
            guard let convolution = floatConvolution(index) else { return false }
            return convolution.grouping == .dense && convolution.window == Window(kernel: 1)
        }
    }
}
