import Networks

/// What a network will be compiled to: every tensor has its place and every layer its kernel, and no weight is packed yet.
struct PlanDraft {
    let network: Network
    let instructionSet: InstructionSet
    let bfloat16: BFloat16Convolutions
    let layout: ArenaLayout
    /// What the plan needs.
    let memory: PlanMemory

    private let conversions: FusedConversions
    private let layers: FusedLayers

    /// - Throws: `NetworkError.tooMuchMemory` if an image's tensors need more than `Plan.maximumArenaSize`.
    init(
        network: Network, instructionSet: InstructionSet, precision: FloatPrecision = .fp32,
        prefersBFloat16: Bool = false
    ) throws(NetworkError) {
        self.network = network
        self.instructionSet = instructionSet
        bfloat16 =
            precision == .bf16
            ? BFloat16Convolutions(network: network, instructionSet: instructionSet, all: prefersBFloat16) : .none
        conversions = FusedConversions(network: network)
        layers = FusedLayers(network: network, bfloat16: bfloat16, conversions: conversions)
        layout = ArenaLayout(network: network, conversions: conversions, layers: layers)
        guard layout.size <= Plan.maximumArenaSize else {
            throw .tooMuchMemory(bytes: layout.size, limit: Plan.maximumArenaSize)
        }
        let measured = PlanCompiler(
            network: network, layout: layout, conversions: conversions, layers: layers, bfloat16: bfloat16,
            instructionSet: instructionSet, weights: .measuring)
        memory = PlanMemory(
            parameters: network.parameterSize, weights: measured.weights.size,
            tables: measured.tables.reduce(0) { $0 + $1.bytes.count }, arena: layout.size,
            scratch: AlignedMemory.rounded(measured.steps.reduce(0) { max($0, $1.scratchSize) }),
            pointers: network.tensors.count * MemoryLayout<UnsafeMutableRawPointer?>.stride)
    }

    /// The steps, with the weights packed.
    ///
    /// - Throws: `NetworkError.outOfMemory`.
    func compiled() throws(NetworkError) -> PlanCompiler {
        PlanCompiler(
            network: network, layout: layout, conversions: conversions, layers: layers, bfloat16: bfloat16,
            instructionSet: instructionSet, weights: try WeightMemory(size: memory.weights))
    }
}
