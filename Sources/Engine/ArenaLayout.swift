import Networks

/// Gives every tensor a place in one block of memory, so that tensors that live at different times share bytes, and
/// tensors that are parts of another (the inputs of a concatenation, the two sides of a reshape) lie inside it and are
/// never copied.
struct ArenaLayout {
    /// The place of each tensor, by index; nil for the network's input, which the caller owns.
    let placements: [TensorPlacement?]
    /// Bytes for one image, a multiple of a cache line.
    let size: Int

    /// Elements from one pixel of a tensor to the next.
    func stride(_ tensor: TensorID, _ network: Network) -> Int {
        placements[tensor.index]?.stride ?? network[tensor].shape.channels
    }

    /// A tensor's place within the block that it shares with its root.
    private struct Home {
        var root: Int
        var offset: Int
        var stride: Int
    }

    /// Places the tensors of a network that is run by these steps.
    init(_ graph: StepGraph) {
        let network = graph.network
        var homes = Self.homes(of: network)
        // A reshape whose result has no better place is another view of its input. Forward, since the input may itself
        // be such a view.
        for layer in network.layers {
            guard case .reshape = layer.operation, homes[layer.output.index] == nil else { continue }
            let input = layer.inputs[0].index
            if let home = homes[input], home.stride == network.tensors[input].shape.channels {
                homes[layer.output.index] = Home(
                    root: home.root, offset: home.offset, stride: network[layer.output].shape.channels)
            } else if homes[input] == nil, input != network.input.index {
                homes[layer.output.index] = Home(root: input, offset: 0, stride: network[layer.output].shape.channels)
            }
        }
        let roots = network.tensors.indices.map { homes[$0]?.root ?? $0 }
        let lifetimes = Self.lifetimes(in: graph, roots: roots)
        let (offsets, size) = Self.pack(network: network, lifetimes: lifetimes)
        self.size = size
        placements = network.tensors.indices.map { index in
            guard index != network.input.index else { return nil }
            let channels = network.tensors[index].shape.channels
            guard let home = homes[index] else { return TensorPlacement(offset: offsets[index], stride: channels) }
            return TensorPlacement(offset: offsets[home.root] + home.offset, stride: home.stride)
        }
    }

    /// The tensors that lie inside another: found from the last layer back, so that a concatenation inside another
    /// resolves to the outermost.
    private static func homes(of network: Network) -> [Home?] {
        var homes = [Home?](repeating: nil, count: network.tensors.count)
        // A tensor that something else reads as a plain run of elements must stay one.
        var mustBeContiguous = [Bool](repeating: false, count: network.tensors.count)
        var makers = [Int: Layer]()
        for layer in network.layers {
            makers[layer.output.index] = layer
            if !acceptsStridedInput(layer.operation, of: network[layer.output].shape) {
                for input in layer.inputs { mustBeContiguous[input.index] = true }
            }
        }
        for output in network.outputs { mustBeContiguous[output.index] = true }

        func isFree(_ id: TensorID) -> Bool {
            homes[id.index] == nil && id != network.input && !network.outputs.contains(id)
        }
        for layer in network.layers.reversed() {
            let output = layer.output
            let outer =
                homes[output.index] ?? Home(root: output.index, offset: 0, stride: network[output].shape.channels)
            let isContiguous = outer.stride == network[output].shape.channels
            switch layer.operation {
            case .reshape:
                // The input may lie where its reshaped self must lie.
                let input = layer.inputs[0]
                guard homes[output.index] != nil, isContiguous, isFree(input) else { continue }
                homes[input.index] = Home(
                    root: outer.root, offset: outer.offset, stride: network[input].shape.channels)
            case .concatenation(let axis):
                let shape = network[output].shape
                let isInnermost = axis == shape.dimensions.count - 1
                var position = outer.offset
                var seen = Set<TensorID>()
                for input in layer.inputs {
                    let part = network[input].shape
                    let step = (isInnermost ? part.channels : part.elementCount) * network[input].element.size
                    defer { position += step }
                    guard seen.insert(input).inserted, isFree(input) else { continue }
                    if isInnermost, shape.dimensions.count > 1 {
                        guard !mustBeContiguous[input.index], let maker = makers[input.index],
                            producesStridedOutput(maker.operation)
                        else { continue }
                        homes[input.index] = Home(root: outer.root, offset: position, stride: outer.stride)
                    } else if axis == 0, isContiguous {
                        homes[input.index] = Home(root: outer.root, offset: position, stride: part.channels)
                    }
                }
            default: continue
            }
        }
        return homes
    }

    private static func acceptsStridedInput(_ operation: Operation, of output: TensorShape) -> Bool {
        switch operation {
        case .convolution, .maxPooling, .averagePooling: true
        case .concatenation(let axis): axis == output.dimensions.count - 1
        default: false
        }
    }

    private static func producesStridedOutput(_ operation: Operation) -> Bool {
        switch operation {
        case .convolution, .maxPooling, .averagePooling, .concatenation: true
        default: false
        }
    }

    /// The first and last step that touch each root, by tensor index; nil for tensors inside another and those that no step
    /// makes.
    private static func lifetimes(in graph: StepGraph, roots: [Int]) -> [ClosedRange<Int>?] {
        let network = graph.network
        var lifetimes = [ClosedRange<Int>?](repeating: nil, count: network.tensors.count)
        func touch(_ tensor: TensorID, at slot: Int) {
            let root = roots[tensor.index]
            guard root != network.input.index else { return }
            let old = lifetimes[root] ?? slot...slot
            lifetimes[root] = min(old.lowerBound, slot)...max(old.upperBound, slot)
        }
        for slot in graph.indices {
            guard let step = graph[slot] else { continue }
            for tensor in step.inputs + [step.output] { touch(tensor, at: slot) }
        }
        for output in network.outputs { touch(output, at: graph.indices.upperBound) }
        return lifetimes
    }

    /// Greedy by size: the largest block first, each at the lowest offset where it meets no block that lives at the
    /// same time (Pisarchyk and Lee, arXiv 2001.03288).
    private static func pack(network: Network, lifetimes: [ClosedRange<Int>?]) -> (offsets: [Int], size: Int) {
        struct Block {
            let lifetime: ClosedRange<Int>
            let offset: Int
            let size: Int
        }
        var offsets = [Int](repeating: 0, count: network.tensors.count)
        var placed: [Block] = []
        var total = 0
        let order = network.tensors.indices.filter { lifetimes[$0] != nil }
            .sorted { (network.tensors[$1].size, $0) < (network.tensors[$0].size, $1) }
        for index in order {
            guard let lifetime = lifetimes[index] else { continue }
            let size = AlignedMemory.rounded(network.tensors[index].size)
            var offset = 0
            for block in placed where block.lifetime.overlaps(lifetime) {
                if offset + size <= block.offset { break }
                offset = max(offset, block.offset + block.size)
            }
            offsets[index] = offset
            let block = Block(lifetime: lifetime, offset: offset, size: size)
            let position = placed.firstIndex { $0.offset > offset } ?? placed.count
            placed.insert(block, at: position)
            total = max(total, offset + size)
        }
        return (offsets, total)
    }
}
