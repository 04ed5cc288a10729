import CKernels
import Networks
import Platform
import Quantization

/// The memory of a step of training: the values of all tensors for a batch, and on the way back their gradients.
///
/// A gradient may belong to several tensors, until one of them is written (`FloatBuffer.owners`); one that is done with is
/// free for another tensor of as many elements.
///
/// Not `Sendable`: one interpreter owns it.
final class GradientTape {
    let isa = ck_best_isa()
    let parallel: ParallelRanges
    let scratch = ScratchMemory()
    /// The shapes of the tensors for one image.
    let shapes: [TensorShape]
    /// For each tensor, whether anything that is trained depends on its gradient.
    private let needed: [Bool]
    /// Images of the batch.
    private(set) var images = 0
    /// For each parameter, its gradient; empty for those that are not trained.
    var parameterGradients: [[Float]] = []

    private var values: [FloatBuffer?]
    private var gradients: [FloatBuffer?]
    /// Gradient buffers that are free, by their number of floats.
    private var free: [Int: [FloatBuffer]] = [:]

    init(_ plan: GradientSteps, threads: Int) {
        shapes = plan.shapes
        needed = plan.needsGradient
        parallel = ParallelRanges(threads: threads)
        values = Array(repeating: nil, count: shapes.count)
        gradients = values
    }

    /// Begins a batch.
    func begin(images: Int) {
        guard images != self.images else { return }
        self.images = images
        values = Array(repeating: nil, count: shapes.count)
        free = [:]
    }

    /// Elements of a tensor in the whole batch.
    func count(_ tensor: Int) -> Int { images * shapes[tensor].elementCount }

    /// Pixels of a tensor in the whole batch.
    func pixels(_ tensor: Int) -> Int { images * shapes[tensor].pixels }

    /// Bytes of all values and of all gradients, in use or free.
    var size: Int {
        var buffers: [ObjectIdentifier: Int] = [:]
        for buffer in (values + gradients).compactMap({ $0 }) + free.values.joined() {
            buffers[ObjectIdentifier(buffer)] = 4 * buffer.count
        }
        return buffers.values.reduce(0, +)
    }

    // MARK: Values

    /// The values of a tensor that was made, `images` of them one after the other.
    func value(_ tensor: Int) -> UnsafeMutablePointer<Float> {
        guard let buffer = values[tensor] else { preconditionFailure("a tensor before its layer ran") }
        return buffer.floats
    }

    /// Where the values of a tensor are to be written.
    func makeValue(_ tensor: Int) -> UnsafeMutablePointer<Float> {
        if let buffer = values[tensor] { return buffer.floats }
        let buffer = FloatBuffer(count: count(tensor))
        values[tensor] = buffer
        return buffer.floats
    }

    /// Makes the values of one tensor those of another too.
    func share(_ tensor: Int, as other: Int) { values[other] = values[tensor] }

    // MARK: Gradients

    /// Whether the gradient of a tensor is needed by anything that is trained.
    func needsGradient(_ tensor: Int) -> Bool { needed[tensor] }

    /// A buffer of undefined content.
    func makeGradient(_ count: Int) -> FloatBuffer { free[count]?.popLast() ?? FloatBuffer(count: count) }

    /// The gradient of a tensor, which nobody has from then on; nil if nothing depends on it.
    func takeGradient(_ tensor: Int) -> FloatBuffer? {
        let buffer = gradients[tensor]
        gradients[tensor] = nil
        return buffer
    }

    /// The gradient of a tensor, to be written; where that is new, its content is undefined.
    func gradient(_ tensor: Int) -> (floats: UnsafeMutablePointer<Float>, isNew: Bool) {
        if let buffer = gradients[tensor] {
            let own = exclusive(buffer)
            gradients[tensor] = own
            return (own.floats, false)
        }
        let buffer = makeGradient(count(tensor))
        gradients[tensor] = buffer
        return (buffer.floats, true)
    }

    /// The gradient of a tensor, to be added to: 0 at first.
    func clearedGradient(_ tensor: Int) -> UnsafeMutablePointer<Float> {
        let (floats, isNew) = gradient(tensor)
        if isNew { floats.update(repeating: 0, count: count(tensor)) }
        return floats
    }

    /// Makes a buffer the gradient of a tensor of as many elements, or adds it to that, if it is needed.
    func hand(_ buffer: FloatBuffer, to tensor: Int) {
        guard needed[tensor] else { return release(buffer) }
        guard let existing = gradients[tensor] else {
            gradients[tensor] = buffer
            return
        }
        let own = exclusive(existing)
        gradients[tensor] = own
        add(buffer.floats, to: own.floats, buffer.count)
        release(buffer)
    }

    /// The buffer, or a copy of it for one of those that have it together.
    func exclusive(_ buffer: FloatBuffer) -> FloatBuffer {
        guard buffer.owners > 1 else { return buffer }
        let own = makeGradient(buffer.count)
        copy(buffer.floats, to: own.floats, buffer.count)
        release(buffer)
        return own
    }

    /// One owner less; without any, the buffer is free for another gradient.
    func release(_ buffer: FloatBuffer) {
        buffer.owners -= 1
        guard buffer.owners == 0 else { return }
        buffer.owners = 1
        free[buffer.count, default: []].append(buffer)
    }

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

    /// The sum of each channel over all pixels of the batch.
    func channelSums(_ x: UnsafeMutablePointer<Float>, of tensor: Int) -> [Float] {
        throughActivation(CK_ACTIVATION_NONE, x, y: x, of: tensor, into: x)
    }

    /// What an activation with the result `y` lets through of a gradient by it, written to `result`, which may be
    /// `gradient`.
    ///
    /// - Returns: the sum of each channel over all pixels of the batch: in single precision over blocks of pixels, over
    ///   these in double, in order.
    func throughActivation(
        _ activation: ck_activation, _ gradient: UnsafePointer<Float>, y: UnsafePointer<Float>, of tensor: Int,
        into result: UnsafeMutablePointer<Float>
    ) -> [Float] {
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
        return total.map { Float($0) }
    }
}
