import Networks

/// Depthwise convolutions.
extension ConvolutionPass {
    /// y = w * x + b over `images` images, a kernel a channel.
    func depthwiseForward(
        _ x: UnsafePointer<Float>, weights: [Float], bias: [Float]?, images: Int, into y: UnsafeMutablePointer<Float>
    ) {
        run(
            Self.shape(window, input: input, output: output), isDepthwise: true, x, weights: weights, bias: bias,
            images: images, into: y, accumulates: false)
    }

    /// ∂L/∂x from ∂L/∂y, added to `gradient`.
    func addDepthwiseInputGradient(
        _ outputGradient: UnsafePointer<Float>, weights: [Float], images: Int,
        to gradient: UnsafeMutablePointer<Float>
    ) {
        let channels = input.channels
        weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            parallel.run(images) { range, _ in
                for image in range {
                    forEachTap { source, target, tap in
                        let delta = outputGradient + (image * output.pixels + target) * channels
                        let sum = gradient + (image * input.pixels + source) * channels
                        let w = weights + tap * channels
                        for c in 0..<channels { sum[c] += delta[c] * w[c] }
                    }
                }
            }
        }
    }

    /// ∂L/∂w as [kernel height][kernel width][channels]: a sum for each image, then over the images, in order.
    func depthwiseWeightGradient(_ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, images: Int)
        -> [Float]
    {
        let channels = input.channels
        let size = window.kernelHeight * window.kernelWidth * channels
        let sums = scratch.floats(images * size, slot: ScratchSlot.flat)
        parallel.run(images) { range, _ in
            for image in range {
                let partial = sums + image * size
                partial.update(repeating: 0, count: size)
                forEachTap { source, target, tap in
                    let delta = outputGradient + (image * output.pixels + target) * channels
                    let row = x + (image * input.pixels + source) * channels
                    let sum = partial + tap * channels
                    for c in 0..<channels { sum[c] += delta[c] * row[c] }
                }
            }
        }
        return (0..<size).map { index in (0..<images).reduce(Float(0)) { $0 + sums[$1 * size + index] } }
    }

    /// Calls `body` with each input pixel, output pixel and tap that meet.
    @inline(__always)
    private func forEachTap(_ body: (_ source: Int, _ target: Int, _ tap: Int) -> Void) {
        for y in 0..<output.height {
            for ky in 0..<window.kernelHeight {
                let row = y * window.strideY + ky * window.dilationY - window.paddingTop
                guard row >= 0, row < input.height else { continue }
                for x in 0..<output.width {
                    for kx in 0..<window.kernelWidth {
                        let column = x * window.strideX + kx * window.dilationX - window.paddingLeft
                        guard column >= 0, column < input.width else { continue }
                        body(row * input.width + column, y * output.width + x, ky * window.kernelWidth + kx)
                    }
                }
            }
        }
    }
}
