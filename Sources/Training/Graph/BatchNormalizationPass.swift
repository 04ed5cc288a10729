import Networks

/// Batch normalization with the activation after it, y = f(γ·x̂ + β), x̂ = (x − μ)/√(σ² + ε), and its gradient (Ioffe and
/// Szegedy 2015, algorithm 1 and section 3).
///
/// Sums run over blocks of pixels of a fixed size in single precision, and over the blocks in double, in order: the result
/// does not depend on the number of threads.
struct BatchNormalizationPass {
    /// Pixels summed in single precision.
    static let blockPixels = 256

    let pixels: Int
    let channels: Int
    let parallel: ParallelRanges

    /// Mean and biased variance of each channel.
    func statistics(_ x: UnsafePointer<Float>) -> (mean: [Float], variance: [Float]) {
        let means = sums { pixel, sum in
            let row = x + pixel * channels
            for c in 0..<channels { sum[c] += row[c] }
        }.map { Float($0 / Double(pixels)) }
        // Squares of differences from the mean: those of the values themselves would cancel.
        let variances = means.withUnsafeBufferPointer { mean in
            sums { pixel, sum in
                let row = x + pixel * channels
                for c in 0..<channels {
                    let difference = row[c] - mean[c]
                    sum[c] += difference * difference
                }
            }
        }.map { Float($0 / Double(pixels)) }
        return (means, variances)
    }

    /// y = f(x · factor + summand).
    func forward<F: ElementFunction>(
        _ function: F.Type, _ x: UnsafePointer<Float>, factors: [Float], summands: [Float],
        into y: UnsafeMutablePointer<Float>
    ) {
        factors.withUnsafeBufferPointer { a in
            summands.withUnsafeBufferPointer { b in
                parallel.run(pixels, grain: 64) { range, _ in
                    for pixel in range {
                        let (source, target) = (x + pixel * channels, y + pixel * channels)
                        for c in 0..<channels { target[c] = F.value(source[c] * a[c] + b[c]) }
                    }
                }
            }
        }
    }

    /// With z = γ·x̂ + β and δ = ∂L/∂y · f′(z): ∂L/∂γ = Σ δ·x̂, ∂L/∂β = Σ δ and, with m pixels,
    /// ∂L/∂x = γ/√(σ² + ε) · (δ − Σδ/m − x̂ · Σ(δ·x̂)/m); of statistics that are fixed, γ/√(σ² + ε) · δ. `gradient` holds ∂L/∂y and then ∂L/∂x.
    func backward<F: ElementFunction>(
        _ function: F.Type, _ x: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, mean: [Float],
        inverseDeviation: [Float], scale: [Float], shift: [Float], isFixed: Bool = false
    ) -> (scale: [Float], shift: [Float]) {
        let factors = scale.indices.map { scale[$0] * inverseDeviation[$0] }
        let summands = scale.indices.map { shift[$0] - mean[$0] * factors[$0] }
        return factors.withUnsafeBufferPointer { a in
            summands.withUnsafeBufferPointer { b in
                mean.withUnsafeBufferPointer { mean in
                    inverseDeviation.withUnsafeBufferPointer { inverse in
                        // δ is written in place and used again below; both sums in one pass.
                        let both = sums(width: 2 * channels) { pixel, sum in
                            let (row, delta) = (x + pixel * channels, gradient + pixel * channels)
                            for c in 0..<channels {
                                let d = delta[c] * F.slope(row[c] * a[c] + b[c])
                                delta[c] = d
                                sum[c] += d
                                sum[channels + c] += d * ((row[c] - mean[c]) * inverse[c])
                            }
                        }
                        // Divided by more and more pixels, what the statistics give back vanishes.
                        let m = isFixed ? .infinity : Double(pixels)
                        let meanDelta = (0..<channels).map { Float(both[$0] / m) }
                        let slope = (0..<channels).map { Float(both[channels + $0] / m) * inverse[$0] }
                        meanDelta.withUnsafeBufferPointer { meanDelta in
                            slope.withUnsafeBufferPointer { slope in
                                parallel.run(pixels, grain: 64) { range, _ in
                                    for pixel in range {
                                        let (row, delta) = (x + pixel * channels, gradient + pixel * channels)
                                        for c in 0..<channels {
                                            delta[c] = a[c] * (delta[c] - meanDelta[c] - (row[c] - mean[c]) * slope[c])
                                        }
                                    }
                                }
                            }
                        }
                        return (
                            scale: both[channels...].map { Float($0) }, shift: both[..<channels].map { Float($0) }
                        )
                    }
                }
            }
        }
    }

    /// The sums, over all pixels, of what `add` adds for each.
    private func sums(
        width: Int? = nil, _ add: (_ pixel: Int, _ sum: UnsafeMutablePointer<Float>) -> Void
    ) -> [Double] {
        let width = width ?? channels
        let blocks = (pixels + Self.blockPixels - 1) / Self.blockPixels
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: blocks * width) { partial in
            partial.initialize(repeating: 0)
            parallel.run(blocks) { range, _ in
                for block in range {
                    let sum = UnsafeMutableBufferPointer(rebasing: partial[block * width..<(block + 1) * width])
                    guard let sum = sum.baseAddress else { continue }
                    for pixel in block * Self.blockPixels..<min(pixels, (block + 1) * Self.blockPixels) {
                        add(pixel, sum)
                    }
                }
            }
            var total = [Double](repeating: 0, count: width)
            for block in 0..<blocks {
                for c in 0..<width { total[c] += Double(partial[block * width + c]) }
            }
            return total
        }
    }
}
