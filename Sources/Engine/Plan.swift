import Platform
import Networks
import CKernels

/// A network compiled for one instruction set: kernels chosen, weights packed, every tensor given its place. Immutable;
/// any number of streams run it at once, each in a `Workspace` of its own.
///
/// `@unchecked Sendable`: the steps hold pointers, all into `weights`, which were written before `init` returned and are
/// only read since.
package final class Plan: @unchecked Sendable {
    let network: Network
    let instructionSet: InstructionSet
    /// Dense convolutions computed in bfloat16.
    package let bfloat16Convolutions: Int
    /// What each pass over the steps did.
    package let passes: [PassReport]
    let steps: [PlanStep]
    let placements: [TensorPlacement?]
    /// What it needs, the parameters that it was compiled from aside.
    let memory: PlanMemory
    /// Bytes of one image's arena.
    package var arenaSize: Int { memory.arena }
    /// Bytes of all packed weights and tables.
    package var weightSize: Int { memory.weights + memory.tables }

    private let weights: [AlignedMemory]
    /// Whether a batch is run image by image. Then each passes over all weights anew, but what layers hand on stays in the
    /// cache of one thread, and threads do not wait for each other at every layer.
    let prefersImages: Bool

    /// The most bytes one image's arena may take.
    static let maximumArenaSize = 1 << 30
    /// A layer is split between threads if each part takes at least this long, in nanoseconds: several times what handing
    /// one over to a thread that is awake costs.
    private static let grain = 2_500

    /// Compiles a network.
    ///
    /// - Parameter prefersBFloat16: with bfloat16, whether to use it for all dense convolutions and not only those that
    ///   are faster so: its accuracy can then be tested on a machine where it is slow.
    /// - Throws: `NetworkError.tooMuchMemory` if an image's tensors need more than `maximumArenaSize`, `outOfMemory` if the
    ///   system has no memory for the weights.
    package convenience init(
        network: Network, instructionSet: InstructionSet, precision: FloatPrecision = .fp32,
        prefersBFloat16: Bool = false
    ) throws(NetworkError) {
        try self.init(
            PlanDraft(
                network: network, instructionSet: instructionSet, precision: precision,
                prefersBFloat16: prefersBFloat16))
    }

    /// Compiles what was drafted.
    ///
    /// - Throws: `NetworkError.outOfMemory` if the system has no memory for its weights.
    init(_ draft: PlanDraft) throws(NetworkError) {
        let compiler = try draft.compiled()
        let network = draft.network
        self.network = network.withoutParameters
        instructionSet = draft.instructionSet
        steps = compiler.steps
        bfloat16Convolutions = draft.convolutions.count(where: \.isBFloat16)
        passes = draft.passes
        placements = draft.layout.placements
        memory = draft.memory
        weights = (compiler.weights.block.map { [$0] } ?? []) + compiler.tables
        prefersImages =
            draft.memory.weights + draft.memory.tables
            < compiler.steps.reduce(0) { $0 + network.tensors[$1.output].size }
    }

    /// The names of the steps, in their order.
    package var stepNames: [String] {
        steps.map { step in EngineStep.name(of: step.layers.map { network.layers[$0].name }) }
    }

    /// Runs the network on the images whose inputs were set in the workspace.
    ///
    /// - Parameters:
    ///   - width: asked before each piece of work for the most threads it may have, where that changes with time.
    ///   - imageByImage: whether each thread takes images of the batch through all of the network, rather than all threads
    ///     all images through layer after layer; nil for what is faster.
    ///   - observe: called after each step with its index, where the time of each is wanted: layer after layer.
    package func run(
        _ workspace: Workspace, images: Int, team: ThreadTeam, width: () -> Int = { .max },
        imageByImage: Bool? = nil, observe: ((Int) -> Void)? = nil
    ) {
        precondition((1...workspace.capacity).contains(images))
        var next = 0
        if observe == nil, imageByImage ?? prefersImages {
            // The last image, if it is alone, is shared by the threads.
            while images - next > 1 {
                let parts = min(team.size, max(1, width()), images - next)
                team.run(parts: parts) { part in
                    for step in steps { runWhole(step, workspace, image: next + part, thread: part) }
                }
                next += parts
            }
        }
        guard next < images else { return }
        for (index, step) in steps.enumerated() {
            run(step, workspace, images: next..<images, team: team, width: max(1, width()))
            observe?(index)
        }
    }

    /// One image through a step on one thread.
    private func runWhole(_ step: PlanStep, _ workspace: Workspace, image: Int, thread: Int) {
        runPixels(
            step, workspace, from: image, pixels: 0..<step.pixels, blocks: 0..<step.division.blocks, thread: thread)
    }

    private func run(
        _ step: PlanStep, _ workspace: Workspace, images range: Range<Int>, team: ThreadTeam, width: Int
    ) {
        let images = range.count
        let first = range.lowerBound
        let wanted = max(1, step.nanoseconds * images / Self.grain)
        let division = step.division
        // Every image's own granules, so that no cut falls inside one.
        let granules = (step.pixels + division.pixels - 1) / division.pixels
        let parts = min(team.size, wanted, width, division.maximumParts(granules: granules * images))
        let splitsByChannel = division.prefersBlocks(granules: granules * images, parts: parts)
        func pixel(_ granule: Int) -> Int {
            granule / granules * step.pixels + min(granule % granules * division.pixels, step.pixels)
        }
        team.run(parts: parts) { part in
            let pixelPart = splitsByChannel ? 0..<1 : part..<part + 1
            let pixelParts = splitsByChannel ? 1 : parts
            let blockPart = splitsByChannel ? part..<part + 1 : 0..<1
            let blockParts = splitsByChannel ? parts : 1
            func cut(_ part: Int) -> Int { pixel(granules * images * part / pixelParts) }
            runPixels(
                step, workspace, from: first, pixels: cut(pixelPart.lowerBound)..<cut(pixelPart.upperBound),
                blocks: division.blocks * blockPart.lowerBound / blockParts..<division.blocks * blockPart.upperBound
                    / blockParts,
                thread: part)
        }
    }

    /// Some of the output pixels, counted over images from `image` on, in some blocks of channels.
    private func runPixels(
        _ step: PlanStep, _ workspace: Workspace, from image: Int, pixels: Range<Int>, blocks: Range<Int>, thread: Int
    ) {
        var work = ck_work(
            inputs: workspace.inputs(step.inputs[0], from: image), outputs: workspace.outputs(step.output, from: image),
            input_stride: stride(step.inputs[0]), output_stride: stride(step.output), begin: Int64(pixels.lowerBound),
            end: Int64(pixels.upperBound), block_begin: Int32(blocks.lowerBound), block_end: Int32(blocks.upperBound),
            scratch: workspace.scratch(thread: thread))
        let isa = instructionSet.kernel
        let residuals = step.residual.map { workspace.inputs($0, from: image) }
        switch step.kernel {
        case .convolution(let method, var layer, let table):
            layer.residuals = residuals
            method.run(isa, layer, factors: step.factors.map { workspace.inputs($0, from: image) }, work)
            if let table { look(up: table, step, workspace, from: image, pixels: pixels) }
        case .bottleneck(var bottleneck, _):
            if bottleneck.project_method != nil {
                bottleneck.project.residuals = residuals
            } else {
                bottleneck.depthwise.residuals = residuals
            }
            ck_bottleneck_run(isa, &bottleneck, &work)
        case .maxPoolF32(var shape): ck_max_pool_f32(isa, &shape, &work)
        case .maxPoolU8(var shape): ck_max_pool_u8(isa, &shape, &work)
        case .averagePoolF32(var shape, let countPadding):
            ck_average_pool_f32(isa, &shape, countPadding ? 1 : 0, &work)
        case .averagePoolU8(var shape): ck_average_pool_u8(isa, &shape, &work)
        default:
            forEachImage(of: pixels, step) { index, part in
                runElements(step, workspace, image: image + index, pixels: part)
            }
        }
    }

    /// Puts in the place of all bytes of some pixels of a step's output what a table has for them.
    private func look(
        up table: AlignedMemory, _ step: PlanStep, _ workspace: Workspace, from image: Int, pixels: Range<Int>
    ) {
        let channels = network.tensors[step.output].shape.channels
        let table = UnsafePointer(table.address.assumingMemoryBound(to: UInt8.self))
        forEachImage(of: pixels, step) { index, part in
            let bytes = workspace.address(step.output, image: image + index).assumingMemoryBound(to: UInt8.self)
            let first = bytes + part.lowerBound * channels
            ck_lookup_u8(instructionSet.kernel, table, first, first, part.count * channels)
        }
    }

    /// Calls `body` with each image that pixels counted over a batch lie in, and with those that are its own.
    private func forEachImage(of pixels: Range<Int>, _ step: PlanStep, _ body: (Int, Range<Int>) -> Void) {
        for index in pixels.lowerBound / step.pixels..<(pixels.upperBound + step.pixels - 1) / step.pixels {
            let first = index * step.pixels
            let part = pixels.clamped(to: first..<first + step.pixels)
            body(index, part.lowerBound - first..<part.upperBound - first)
        }
    }

    /// Some pixels of an image through a step whose tensors have no gaps between them.
    private func runElements(_ step: PlanStep, _ workspace: Workspace, image: Int, pixels: Range<Int>) {
        let isa = instructionSet.kernel
        let channels = network.tensors[step.output].shape.channels
        let count = pixels.count * channels
        func address(_ tensor: Int) -> UnsafeMutableRawPointer {
            workspace.address(tensor, image: image)
                + pixels.lowerBound * channels * network.tensors[tensor].element.size
        }
        let source = UnsafeRawPointer(address(step.inputs[0]))
        let target = address(step.output)
        func floats(_ address: UnsafeRawPointer) -> UnsafePointer<Float> {
            address.assumingMemoryBound(to: Float.self)
        }
        func bytes(_ address: UnsafeRawPointer) -> UnsafePointer<UInt8> {
            address.assumingMemoryBound(to: UInt8.self)
        }
        func second() -> UnsafeRawPointer { UnsafeRawPointer(address(step.inputs[1])) }
        func factors() -> UnsafeRawPointer { UnsafeRawPointer(workspace.address(step.inputs[1], image: image)) }
        let floatTarget = target.assumingMemoryBound(to: Float.self)
        let byteTarget = target.assumingMemoryBound(to: UInt8.self)
        switch step.kernel {
        case .activationF32(let activation):
            ck_activation_f32(isa, activation.kernel, floats(source), floatTarget, count)
        case .addF32(let activation):
            ck_add_f32(isa, activation.kernel, floats(source), floats(second()), floatTarget, count)
        case .addU8(var parameters):
            ck_add_u8(isa, &parameters, bytes(source), bytes(second()), byteTarget, count)
        case .multiplyF32: ck_multiply_f32(isa, floats(source), floats(second()), floatTarget, count)
        case .scaleChannelsF32:
            ck_scale_channels_f32(
                isa, floats(source), floats(factors()), floatTarget, pixels.count, channels)
        case .scaleChannelsU8(var parameters):
            ck_scale_channels_u8(
                isa, &parameters, bytes(source), bytes(factors()), byteTarget, pixels.count, channels)
        case .softmaxF32: ck_softmax_f32(isa, floats(source), floatTarget, pixels.count, channels)
        case .l2NormalizeF32(let scale, let epsilon):
            ck_l2_normalize_f32(
                isa, floats(source), floats(scale.address), epsilon, floatTarget, pixels.count, channels)
        case .lookupU8(let table): ck_lookup_u8(isa, bytes(table.address), bytes(source), byteTarget, count)
        case .lookupF32(let table): ck_lookup_f32(isa, floats(table.address), bytes(source), floatTarget, count)
        case .dequantizeU8(let quantization):
            ck_dequantize_u8(
                isa, quantization.scale, Int32(quantization.zeroPoint), bytes(source), floatTarget, count)
        case .quantizeU8(let quantization):
            ck_quantize_u8(
                isa, quantization.scale, Int32(quantization.zeroPoint), floats(source), byteTarget, count)
        case .plain(let kernel):
            kernel.run(
                isa, UnsafeRawPointer(workspace.address(step.inputs[0], image: image)),
                to: workspace.address(step.output, image: image), pixels: pixels)
        case .copy(let copies):
            for copy in copies {
                let source = workspace.address(copy.source, image: image)
                for row in 0..<copy.rows {
                    (target + copy.destinationOffset + row * copy.destinationStride).copyMemory(
                        from: source + row * copy.sourceStride, byteCount: copy.rowBytes)
                }
            }
        default: preconditionFailure("a kernel that works on pixels")
        }
    }

    /// Elements from one pixel of a tensor to the next.
    private func stride(_ tensor: Int) -> Int {
        placements[tensor]?.stride ?? network.tensors[tensor].shape.channels
    }
}
