import CKernels
import Networks

/// Turns steps into kernels with all that they need: packs the weights of each or only measures them, makes its tables, says
/// how its work may be cut.
struct PlanCompiler {
    let network: Network
    let layout: ArenaLayout
    let isa: ck_isa

    /// Parts of steps without blocks begin at multiples of this many pixels.
    static let pixelGranule = 16

    var steps: [PlanStep] = []
    var weights: WeightMemory
    /// What the steps read beside packed weights.
    var tables: [AlignedMemory] = []

    init(
        _ steps: [Step], of network: Network, layout: ArenaLayout, instructionSet: InstructionSet, weights: WeightMemory
    ) {
        self.network = network
        self.layout = layout
        isa = instructionSet.kernel
        self.weights = weights
        for step in steps { compile(step) }
    }

    private mutating func compile(_ step: Step) {
        switch step.operation {
        case .layer(let operation): compile(operation, step)
        case .convolution(let convolution): compile(convolution, step)
        case .bottleneck(let bottleneck): compile(bottleneck, step)
        case .dequantizedActivation(let activation):
            append(step, .lookupF32(table: floatTable(of: activation, step)))
        }
    }

    /// A step that does what its one layer says.
    private mutating func compile(_ operation: Operation, _ step: Step) {
        let isFloat = network[step.inputs[0]].element == .float32
        switch operation {
        case .convolution: preconditionFailure("convolutions are steps of their own kind")
        case .maxPooling(let window):
            let shape = kernelShape(window, step)
            append(step, isFloat ? .maxPoolF32(shape) : .maxPoolU8(shape))
        case .averagePooling(let window, let countPadding):
            let shape = kernelShape(window, step)
            append(step, isFloat ? .averagePoolF32(shape, countPadding: countPadding) : .averagePoolU8(shape))
        case .activation(let activation):
            append(step, isFloat ? .activationF32(activation) : .lookupU8(table: byteTable(of: activation, step)))
        case .add(let activation): append(step, isFloat ? .addF32(activation) : .addU8(addition(step, activation)))
        case .multiply: append(step, .multiplyF32)
        case .scaleChannels:
            append(step, isFloat ? .scaleChannelsF32 : .scaleChannelsU8(channelScaling(step)))
        case .softmax: append(step, .softmaxF32)
        case .l2Normalization(let scale, let epsilon):
            append(step, .l2NormalizeF32(scale: memory(of: network.parameters.values(scale)), epsilon: epsilon))
        case .batchNormalization: preconditionFailure("a draft has batch normalization folded")
        case .convert: append(step, conversion(step))
        case .plain(let operation): append(step, plain(operation, step))
        case .reshape:
            if let copy = reshapingCopy(step) { append(step, .copy([copy])) }
        case .concatenation(let axis):
            let copies = joiningCopies(step, axis: axis)
            if !copies.isEmpty { append(step, .copy(copies)) }
        }
    }

    private func kernelShape(_ window: Window, _ step: Step) -> ck_convolution_shape {
        network.kernelShape(of: window, in: network.layers[step.layers[0]])
    }

    // MARK: Steps and memory

    /// What has no blocks of channels is cut by pixels alone; copies are not cut.
    mutating func append(_ step: Step, _ kernel: PlanKernel, scratchSize: Int = 0, division: WorkDivision? = nil) {
        var pixels = network[step.output].shape.pixels
        if case .copy = kernel { pixels = 1 }
        var inputs = step.inputs.map(\.index)
        var (residual, factors): (Int?, Int?)
        switch step.operation {
        case .convolution(let convolution):
            if convolution.sum != nil { residual = inputs.removeLast() }
            if convolution.scalesChannels { factors = inputs.removeLast() }
        case .bottleneck(let bottleneck): if bottleneck.last.sum != nil { residual = inputs.removeLast() }
        case .layer, .dequantizedActivation: break
        }
        steps.append(
            PlanStep(
                layers: step.layers, kernel: kernel, inputs: inputs, output: step.output.index, residual: residual,
                factors: factors, pixels: pixels,
                division: division ?? WorkDivision(pixels: Self.pixelGranule, blocks: 1), scratchSize: scratchSize,
                nanoseconds: step.layers.reduce(0) { $0 + estimate(network.layers[$1]) }))
    }

    /// A coarse estimate for one modern core: 50 float or 200 byte multiply-adds, 8 bytes of output or 24 of weights a
    /// nanosecond.
    private func estimate(_ layer: Layer) -> Int {
        let output = network[layer.output]
        let multiplyAdds = network.multiplyAdds(of: layer)
        let weightBytes = multiplyAdds / output.shape.pixels * output.element.size
        return multiplyAdds / (output.element == .float32 ? 50 : 200) + output.size / 8 + weightBytes / 24
    }

    mutating func memory<Element>(of values: [Element]) -> AlignedMemory {
        let memory = AlignedMemory(count: values.count * MemoryLayout<Element>.stride)
        values.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
        tables.append(memory)
        return memory
    }
}
