import Platform
import CKernels
import Networks

/// Batch normalization with the activation after it, y = f(γ·x̂ + β), x̂ = (x − μ)/√(σ² + ε), and its gradient (Ioffe and
/// Szegedy 2015, algorithm 1 and section 3).
///
/// Sums run over blocks of pixels of a fixed size in single precision, and over the blocks in double, in order: the result
/// does not depend on the number of threads.
struct BatchNormalizationPass {
    /// Pixels summed in single precision.
    static let blockPixels = 256
    /// The fewest pixels worth a thread.
    private static let grain = 64
    /// Elements of a map from which on nothing of it is still in a cache when it is read: 64 MB of floats.
    private static let streamedElements = 16 << 20

    let pixels: Int
    let channels: Int
    let activation: Activation
    let isa: ck_isa
    let parallel: ParallelRanges
    let scratch: ScratchMemory

    /// The normalization that makes a tensor.
    init(_ output: Int, _ activation: Activation, _ tape: GradientTape) {
        pixels = tape.pixels(output)
        channels = tape.shapes[output].channels
        self.activation = activation
        (isa, parallel, scratch) = (tape.isa, tape.parallel, tape.scratch)
    }

    /// A batch's statistics and what follows from them: z = factor · x + summand.
    struct Affine {
        var mean: [Float]
        /// 1/√(σ² + ε).
        var inverseDeviation: [Float]
        var factors: [Float]
        var summands: [Float]

        init(mean: [Float], variance: [Float], epsilon: Float, scale: [Float], shift: [Float]) {
            self.mean = mean
            inverseDeviation = variance.map { 1 / ($0 + epsilon).squareRoot() }
            factors = zip(scale, inverseDeviation).map { $0 * $1 }
            summands = scale.indices.map { [factors] in shift[$0] - mean[$0] * factors[$0] }
        }
    }

    /// Mean and biased variance of each channel.
    ///
    /// A block's sums are those of differences from its first pixel, which do not cancel: as that is one of them, its
    /// distance from the block's mean is in the sum of squares. Blocks are put together by their means (Chan et al. 1983).
    func statistics(_ x: UnsafePointer<Float>) -> (mean: [Float], variance: [Float]) {
        let blocks = blocks { [isa, channels] pixel, count, sums in
            ck_normalization_f32_moments(
                isa, x + pixel * channels, Int64(count), Int32(channels), sums, sums + channels)
        }
        var means = [Double](repeating: 0, count: channels)
        for block in 0..<blocks.count {
            let (sums, first) = (blocks[block], x + block * Self.blockPixels * channels)
            let size = Double(self.size(ofBlock: block))
            for c in 0..<channels { means[c] += Double(first[c]) * size + Double(sums[c]) }
        }
        for c in means.indices { means[c] /= Double(pixels) }
        var squares = [Double](repeating: 0, count: channels)
        for block in 0..<blocks.count {
            let (sums, first) = (blocks[block], x + block * Self.blockPixels * channels)
            let size = Double(self.size(ofBlock: block))
            for c in 0..<channels {
                let sum = Double(sums[c])
                let distance = Double(first[c]) + sum / size - means[c]
                squares[c] += Double(sums[channels + c]) - sum * sum / size + distance * distance * size
            }
        }
        return (means.map { Float($0) }, squares.map { Float(max(0, $0 / Double(pixels))) })
    }

    /// y = f(factor · x + summand).
    func forward(_ x: UnsafePointer<Float>, _ affine: Affine, into y: UnsafeMutablePointer<Float>) {
        let streams: CInt = pixels * channels >= Self.streamedElements ? 1 : 0
        withLayer(affine) { layer in
            parallel.run(pixels, grain: Self.grain) { [isa, channels] range, _ in
                var layer = layer
                let first = range.lowerBound * channels
                ck_normalization_f32_run(isa, &layer, x + first, Int64(range.count), y + first, streams)
            }
        }
    }

    /// With z = γ·x̂ + β and δ = ∂L/∂y · f′(z): ∂L/∂γ = Σ δ·x̂, ∂L/∂β = Σ δ and, with m pixels,
    /// ∂L/∂x = γ/√(σ² + ε) · (δ − Σδ/m − x̂ · Σ(δ·x̂)/m); of statistics that are fixed, γ/√(σ² + ε) · δ.
    ///
    /// - Parameters:
    ///   - gradient: ∂L/∂y.
    ///   - result: ∂L/∂x; may be `gradient`.
    func backward(
        _ x: UnsafePointer<Float>, gradient: UnsafePointer<Float>, _ affine: Affine, isFixed: Bool,
        into result: UnsafeMutablePointer<Float>
    ) -> (scale: [Float], shift: [Float]) {
        withLayer(affine) { layer in
            affine.mean.withUnsafeBufferPointer { mean in
                let blocks = blocks { [isa, channels] pixel, count, sums in
                    var layer = layer
                    ck_normalization_f32_gradient_sums(
                        isa, &layer, x + pixel * channels, gradient + pixel * channels, mean.baseAddress, Int64(count),
                        sums, sums + channels)
                }
                var total = [Double](repeating: 0, count: 2 * channels)
                for block in 0..<blocks.count {
                    let sums = blocks[block]
                    for c in total.indices { total[c] += Double(sums[c]) }
                }
                for c in 0..<channels { total[channels + c] *= Double(affine.inverseDeviation[c]) }
                // Divided by more and more pixels, what the statistics give back vanishes.
                let m = isFixed ? .infinity : Double(pixels)
                let means = (0..<channels).map { Float(total[$0] / m) }
                let slopes = (0..<channels).map { Float(total[channels + $0] / m) * affine.inverseDeviation[$0] }
                means.withUnsafeBufferPointer { means in
                    slopes.withUnsafeBufferPointer { slopes in
                        parallel.run(pixels, grain: Self.grain) { [isa, channels] range, _ in
                            var layer = layer
                            let first = range.lowerBound * channels
                            ck_normalization_f32_gradient(
                                isa, &layer, x + first, gradient + first, mean.baseAddress, means.baseAddress,
                                slopes.baseAddress, Int64(range.count), result + first)
                        }
                    }
                }
                return (
                    scale: total[channels...].map { Float($0) }, shift: total[..<channels].map { Float($0) }
                )
            }
        }
    }

    /// Calls `body` with the engine's description of the layer.
    private func withLayer<R>(_ affine: Affine, _ body: (ck_normalization_f32) -> R) -> R {
        affine.factors.withUnsafeBufferPointer { factors in
            affine.summands.withUnsafeBufferPointer { summands in
                let function: ck_activation =
                    switch activation {
                    case .relu: CK_ACTIVATION_RELU
                    case .relu6: CK_ACTIVATION_RELU6
                    case .hardSwish: CK_ACTIVATION_HARD_SWISH
                    case .none, .hardSigmoid, .sigmoid: CK_ACTIVATION_NONE
                    }
                return body(
                    ck_normalization_f32(
                        channels: Int32(channels), activation: function, factors: factors.baseAddress,
                        summands: summands.baseAddress))
            }
        }
    }

    // MARK: Blocks

    /// Two sums a channel for each block of pixels, valid until the next are made.
    private struct Blocks {
        let count: Int
        let width: Int
        let sums: UnsafeMutablePointer<Float>

        subscript(block: Int) -> UnsafeMutablePointer<Float> { sums + block * width }
    }

    private func size(ofBlock block: Int) -> Int { min(Self.blockPixels, pixels - block * Self.blockPixels) }

    /// What `sum` writes for each block, given its first pixel and its number of pixels.
    private func blocks(
        _ sum: (_ pixel: Int, _ count: Int, _ sums: UnsafeMutablePointer<Float>) -> Void
    ) -> Blocks {
        let count = (pixels + Self.blockPixels - 1) / Self.blockPixels
        let blocks = Blocks(
            count: count, width: 2 * channels, sums: scratch.floats(count * 2 * channels, slot: ScratchSlot.blockSums))
        parallel.run(count) { range, _ in
            for block in range { sum(block * Self.blockPixels, size(ofBlock: block), blocks[block]) }
        }
        return blocks
    }
}
