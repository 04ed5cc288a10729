import CKernels
import Networks

/// The gradients of depthwise convolutions.
extension ConvolutionPass {
    /// ∂L/∂x from ∂L/∂y, written to `gradient` or, where it `accumulates`, added to it.
    func depthwiseInputGradient(
        _ outputGradient: UnsafePointer<Float>, weights: [Float], into gradient: UnsafeMutablePointer<Float>,
        accumulates: Bool
    ) {
        if window.strideY == 1, window.strideX == 1, window.dilationY == 1, window.dilationX == 1 {
            // The convolution of ∂L/∂y with the mirrored kernel, on the engine's kernels.
            var shape = Self.shape(window, input: output, output: input)
            shape.padding_top = Int32(window.kernelHeight - 1 - window.paddingTop)
            shape.padding_left = Int32(window.kernelWidth - 1 - window.paddingLeft)
            let taps = window.kernelHeight * window.kernelWidth
            let mirrored = (0..<taps).reversed().flatMap { weights[$0 * input.channels..<($0 + 1) * input.channels] }
            return run(
                shape, outputGradient, weights: mirrored, bias: nil, into: gradient, accumulates: accumulates)
        }
        let shape = Self.shape(window, input: input, output: output)
        weights.withUnsafeBufferPointer { weights in
            parallel.run(images * input.height) { [isa] range, _ in
                withUnsafePointer(to: shape) { shape in
                    ck_depthwise_input_gradient_f32(
                        isa, shape, weights.baseAddress, outputGradient, Int64(range.lowerBound),
                        Int64(range.upperBound), gradient, accumulates ? 1 : 0)
                }
            }
        }
    }

    /// ∂L/∂w as [kernel height][kernel width][channels]: a sum for each image, then over the images, in order.
    func depthwiseWeightGradient(_ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>) -> [Float] {
        let size = window.kernelHeight * window.kernelWidth * input.channels
        let pitch = ScratchMemory.whole(size)
        let sums = scratch.floats(images * pitch, slot: ScratchSlot.flat)
        parallel.run(images) { [isa] range, _ in
            var shape = Self.shape(window, input: input, output: output)
            for image in range {
                ck_depthwise_weight_gradient_f32(
                    isa, &shape, x + image * input.elementCount, outputGradient + image * output.elementCount,
                    sums + image * pitch)
            }
        }
        var total = [Float](repeating: 0, count: size)
        total.withUnsafeMutableBufferPointer { total in
            for image in 0..<images {
                let part = sums + image * pitch
                for index in total.indices { total[index] += part[index] }
            }
        }
        return total
    }
}
