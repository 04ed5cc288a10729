import Networks

/// What a network will be compiled to: its steps are joined, every tensor has its place and every step its kernel, and no
/// weight is packed yet.
struct PlanDraft {
    let network: Network
    /// The steps, each convolution with its method.
    let steps: [Step]
    let instructionSet: InstructionSet
    let layout: ArenaLayout
    /// What the plan needs.
    let memory: PlanMemory
    /// What each pass did.
    let passes: [PassReport]

    /// - Throws: `NetworkError.tooMuchMemory` if an image's tensors need more than `Plan.maximumArenaSize`.
    init(
        network: Network, instructionSet: InstructionSet, precision: FloatPrecision = .fp32,
        prefersBFloat16: Bool = false
    ) throws(NetworkError) {
        let network = try network.foldingBatchNormalization()
        self.network = network
        self.instructionSet = instructionSet
        var graph = StepGraph(network: network)
        passes = Self.passes(instructionSet, precision, prefersBFloat16: prefersBFloat16).map { pass in
            let slots = pass.rewrite(&graph)
            return PassReport(
                pass: type(of: pass).name, steps: slots.compactMap { graph[$0].map(graph.name(of:)) })
        }
        layout = ArenaLayout(graph)
        guard layout.size <= Plan.maximumArenaSize else {
            throw .tooMuchMemory(bytes: layout.size, limit: Plan.maximumArenaSize)
        }
        steps = MethodChoice(network: network, layout: layout, isa: instructionSet.kernel).choose(graph.steps)
        let measured = PlanCompiler(
            steps, of: network, layout: layout, instructionSet: instructionSet, weights: .measuring)
        memory = PlanMemory(
            parameters: network.parameterSize, weights: measured.weights.size,
            tables: measured.tables.reduce(0) { $0 + $1.bytes.count }, arena: layout.size,
            scratch: AlignedMemory.rounded(measured.steps.reduce(0) { max($0, $1.scratchSize) }),
            pointers: network.tensors.count * MemoryLayout<UnsafeMutableRawPointer?>.stride)
    }

    /// The passes, in their order: in which numbers a convolution multiplies decides what can join it, and a pointwise
    /// convolution serves a bottleneck better than it serves a scaling.
    private static func passes(
        _ instructionSet: InstructionSet, _ precision: FloatPrecision, prefersBFloat16: Bool
    ) -> [any Pass] {
        let numbers: [any Pass] =
            precision == .bf16 ? [BFloat16Pass(instructionSet: instructionSet, takesAll: prefersBFloat16)] : []
        return numbers + [ActivationTablePass(), BottleneckPass(), ChannelScalePass(), SumPass()]
    }

    /// The convolutions of all steps.
    var convolutions: [ConvolutionStep] { steps.flatMap(\.operation.convolutions) }

    /// The steps, with the weights packed.
    ///
    /// - Throws: `NetworkError.outOfMemory`.
    func compiled() throws(NetworkError) -> PlanCompiler {
        PlanCompiler(
            steps, of: network, layout: layout, instructionSet: instructionSet,
            weights: try WeightMemory(size: memory.weights))
    }
}
