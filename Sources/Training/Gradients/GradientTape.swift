import CKernels
import Networks
import Platform
import Quantization

/// The memory of a step of training: the values of tensors for a batch, and on the way back their gradients.
///
/// Not `Sendable`: one interpreter owns it.
final class GradientTape {
    let isa = ck_best_isa()
    let parallel: ParallelRanges
    let scratch = ScratchMemory()
    /// The shapes of the tensors for one image.
    let shapes: [TensorShape]
    /// Images of the batch.
    private(set) var images = 0
    /// For each parameter, its gradient; empty for those that are not trained.
    var parameterGradients: [[Float]] = []

    private var tensors: StepTensors
    /// Floats of all tensors for an image.
    private let floatsPerImage: Int
    private var memory = FloatBuffer(count: 0)

    /// The memory of some steps, of which none is taken before the first batch.
    init(_ plan: GradientSteps, _ size: StepMemory, threads: Int) {
        shapes = plan.shapes
        tensors = StepTensors(plan)
        floatsPerImage = size.floatsPerImage
        parallel = ParallelRanges(threads: threads)
    }

    /// Begins a batch.
    func begin(images: Int) {
        tensors.clear()
        guard images != self.images else { return }
        self.images = images
        // The old memory goes before the new comes.
        memory = FloatBuffer(count: 0)
        memory = FloatBuffer(count: images * floatsPerImage)
    }

    /// Elements of a tensor in the whole batch.
    func count(_ tensor: Int) -> Int { images * shapes[tensor].elementCount }

    /// Pixels of a tensor in the whole batch.
    func pixels(_ tensor: Int) -> Int { images * shapes[tensor].pixels }

    /// Bytes that tensors took for each image so far.
    var bytesPerImage: Int { 4 * tensors.size }

    /// The floats of a block, for all images.
    func floats(_ block: TensorBlock) -> UnsafeMutablePointer<Float> {
        precondition(block.place.upperBound <= floatsPerImage, "what was foretold")
        return memory.floats + images * block.place.lowerBound
    }

    // MARK: Values

    /// The values of a tensor that was made, `images` of them one after the other.
    func value(_ tensor: Int) -> UnsafeMutablePointer<Float> {
        guard let block = tensors.value(tensor) else {
            preconditionFailure("a tensor before its layer ran, or after its last reader")
        }
        return floats(block)
    }

    /// Where the values of a tensor are to be written.
    func makeValue(_ tensor: Int) -> UnsafeMutablePointer<Float> { floats(tensors.makeValue(tensor)) }

    /// Makes the values of one tensor those of another too.
    func share(_ tensor: Int, as other: Int) { tensors.share(tensor, as: other) }

    /// Lets go the values of tensors that nothing reads any more.
    func releaseValues(_ ending: [Int]) {
        for tensor in ending { tensors.releaseValue(tensor) }
    }

    // MARK: Gradients

    /// Whether the gradient of a tensor is needed by anything that is trained.
    func needsGradient(_ tensor: Int) -> Bool { tensors.needsGradient[tensor] }

    /// A block of undefined content with as many elements as a tensor has.
    func makeGradient(_ tensor: Int) -> TensorBlock { tensors.make(tensor) }

    /// The gradient of a tensor, which has none from then on; nil if nothing depends on it.
    func takeGradient(_ tensor: Int) -> TensorBlock? { tensors.takeGradient(tensor) }

    /// The gradient of a tensor, to be written; where that is new, its content is undefined.
    func gradient(_ tensor: Int) -> (floats: UnsafeMutablePointer<Float>, isNew: Bool) {
        let (writable, isNew) = tensors.gradient(tensor)
        return (floats(copied(writable)), isNew)
    }

    /// The gradient of a tensor, to be added to: 0 at first.
    func clearedGradient(_ tensor: Int) -> UnsafeMutablePointer<Float> {
        let (floats, isNew) = gradient(tensor)
        if isNew { floats.update(repeating: 0, count: count(tensor)) }
        return floats
    }

    /// Makes a block the gradient of a tensor of as many elements, or adds it to that, if it is needed.
    func hand(_ block: TensorBlock, to tensor: Int) {
        guard let sum = tensors.hand(block, to: tensor) else { return }
        add(floats(block), to: floats(copied(sum)), images * block.count)
    }

    /// The block, or a copy of it for one of those that have it together.
    func exclusive(_ block: TensorBlock) -> TensorBlock { copied(tensors.exclusive(block)) }

    private func copied(_ writable: StepTensors.Writable) -> TensorBlock {
        if let source = writable.copied {
            copy(floats(source), to: floats(writable.block), images * source.count)
        }
        return writable.block
    }

    /// One owner less; without any, the block's place is free.
    func release(_ block: TensorBlock) { tensors.release(block) }

    // MARK: Loops

    /// Calls `body` with ranges of elements, shared out among threads.
    func forEachElement(_ count: Int, _ body: (Range<Int>) -> Void) {
        parallel.run(count, grain: 4096) { range, _ in body(range) }
    }

    /// Calls `body` with each image of the batch, shared out among threads.
    func forEachImage(_ body: (Int) -> Void) {
        parallel.run(images) { range, _ in for image in range { body(image) } }
    }

    func copy(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        parallel.run(count, grain: 1 << 16) { range, _ in
            (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
        }
    }

    func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        forEachElement(count) { [isa] range in
            let first = range.lowerBound
            ck_add_f32(isa, CK_ACTIVATION_NONE, target + first, source + first, target + first, range.count)
        }
    }

    /// Rounds the values of a tensor to those that bytes can stand for, over the range that they have in this batch. What is
    /// not finite stays as it is.
    func roundToBytes(_ tensor: Int) {
        let (x, count) = (value(tensor), count(tensor))
        let size = Self.roundedAtATime
        let blocks = (count + size - 1) / size
        let ranges = scratch.floats(2 * blocks, slot: ScratchSlot.blockRanges)
        parallel.run(blocks) { [isa] blocks, _ in
            for block in blocks {
                ck_range_f32(isa, x + block * size, min(size, count - block * size), ranges + 2 * block)
            }
        }
        var (least, greatest): (Float, Float) = (0, 0)
        for block in 0..<blocks {
            least = min(least, ranges[2 * block])
            greatest = max(greatest, ranges[2 * block + 1])
        }
        guard least.isFinite, greatest.isFinite, (greatest - least).isFinite else { return }
        let quantization = Quantization(covering: least...greatest)
        let (scale, zeroPoint) = (quantization.scale, Int32(quantization.zeroPoint))
        parallel.run(blocks) { [isa] blocks, _ in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { bytes in
                guard let bytes = bytes.baseAddress else { return }
                for block in blocks {
                    let (first, count) = (x + block * size, min(size, count - block * size))
                    ck_quantize_u8(isa, scale, zeroPoint, first, bytes, count)
                    ck_dequantize_u8(isa, scale, zeroPoint, bytes, first, count)
                }
            }
        }
    }

    /// Values whose bytes fit the nearest cache.
    private static let roundedAtATime = 1 << 13

    /// What an activation of which a tensor is the result lets through of its gradient, in the same place unless others
    /// have that.
    ///
    /// - Returns: that gradient, and the sum of each channel of it over all pixels of the batch: in single precision over
    ///   blocks of pixels, over these in double, in order.
    func throughActivation(
        _ activation: ck_activation, _ delta: TensorBlock, of tensor: Int
    ) -> (gradient: TensorBlock, sums: [Float]) {
        let isNone = activation == CK_ACTIVATION_NONE
        let (block, shared) = isNone ? (delta, nil) : tensors.exclusive(delta)
        let (gradient, result) = (floats(shared ?? block), floats(block))
        let y = isNone ? gradient : value(tensor)
        let (channels, pixels) = (shapes[tensor].channels, pixels(tensor))
        let size = BatchNormalizationPass.blockPixels
        let blocks = (pixels + size - 1) / size
        let sums = scratch.floats(blocks * channels, slot: ScratchSlot.blockSums)
        parallel.run(blocks) { [isa] range, _ in
            for block in range {
                let first = block * size
                ck_activation_gradient_f32(
                    isa, activation, y + first * channels, gradient + first * channels,
                    Int64(min(size, pixels - first)), Int32(channels), result + first * channels,
                    sums + block * channels)
            }
        }
        var total = [Double](repeating: 0, count: channels)
        for block in 0..<blocks {
            for c in 0..<channels { total[c] += Double(sums[block * channels + c]) }
        }
        return (block, total.map { Float($0) })
    }
}
