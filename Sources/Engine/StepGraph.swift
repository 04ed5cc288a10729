import Networks

/// A network as steps over its tensors: at first one step a layer. Passes join steps and rewrite them; what is left is what
/// the plan compiles, in this order.
///
/// Invariants: every step comes after the makers of its inputs; a tensor is made by one step or, once a pass has joined its
/// maker and its only reader, by none.
struct StepGraph {
    let network: Network

    /// The steps by the index of their last layer, which is when they run; nil for layers that are part of a later step.
    private var slots: [Step?]
    /// The slot of the step that makes a tensor.
    private var makers: [Int?]
    /// The slots of the steps that read a tensor, one for each time.
    private var readers: [[Int]]
    private let isOutput: [Bool]

    /// One step a layer.
    init(network: Network) {
        self.network = network
        slots = network.layers.enumerated().map { index, layer in
            Step(
                layers: [index], operation: Self.operation(of: layer, index), inputs: layer.inputs,
                output: layer.output)
        }
        makers = Array(repeating: nil, count: network.tensors.count)
        readers = Array(repeating: [], count: network.tensors.count)
        var isOutput = [Bool](repeating: false, count: network.tensors.count)
        for output in network.outputs { isOutput[output.index] = true }
        self.isOutput = isOutput
        for slot in slots.indices { link(slot) }
    }

    private static func operation(of layer: Layer, _ index: Int) -> StepOperation {
        guard case .convolution(let convolution) = layer.operation else { return .layer(layer.operation) }
        let arithmetic: ConvolutionStep.Arithmetic
        switch convolution.parameters {
        case .float32: arithmetic = .float32
        case .int8: arithmetic = .int8
        }
        return .convolution(ConvolutionStep(layer: index, convolution: convolution, arithmetic: arithmetic))
    }

    /// The steps, in the order in which they run.
    var steps: [Step] { slots.compactMap { $0 } }

    /// Where steps may lie; some are empty.
    var indices: Range<Int> { slots.indices }

    /// The step in a slot; nil if it has become part of another.
    subscript(slot: Int) -> Step? { slots[slot] }

    /// The slot of the step that makes a tensor; nil for the network's input.
    func maker(of tensor: TensorID) -> Int? { makers[tensor.index] }

    /// The slot of the one step that reads a tensor, once; nil where there are several or it is an output of the network.
    func onlyReader(of tensor: TensorID) -> Int? {
        let readers = readers[tensor.index]
        return readers.count == 1 && !isOutput[tensor.index] ? readers[0] : nil
    }

    /// Puts another step in the place of one.
    mutating func replace(_ slot: Int, by step: Step) { join([slot], into: step) }

    /// Puts one step in the place of several, which follow each other: where the last of them lies.
    mutating func join(_ joined: [Int], into step: Step) {
        guard let last = joined.max() else { preconditionFailure("a step comes from steps") }
        for slot in joined {
            unlink(slot)
            slots[slot] = nil
        }
        slots[last] = step
        link(last)
    }

    private mutating func link(_ slot: Int) {
        guard let step = slots[slot] else { return }
        makers[step.output.index] = slot
        for input in step.inputs { readers[input.index].append(slot) }
    }

    private mutating func unlink(_ slot: Int) {
        guard let step = slots[slot] else { return }
        makers[step.output.index] = nil
        for input in step.inputs { readers[input.index].removeAll { $0 == slot } }
    }

    /// A step's name: those of its layers.
    func name(of step: Step) -> String { EngineStep.name(of: step.layers.map { network.layers[$0].name }) }
}
