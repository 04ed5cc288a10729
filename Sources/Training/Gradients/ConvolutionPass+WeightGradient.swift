import CKernels
import Networks

extension ConvolutionPass {
    /// ∂L/∂w of a depthwise convolution as [kernel height][kernel width][channels], of a dense one as
    /// [output channels][kernel height][kernel width][input channels].
    func weightGradient(_ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>) -> [Float] {
        isDepthwise
            ? depthwiseWeightGradient(x, outputGradient: outputGradient)
            : denseWeightGradient(x, outputGradient: outputGradient)
    }

    /// ∂L/∂w of a convolution with one group: for each tap and channel, the sum over all pixels of the batch of the input
    /// under that tap times the output's gradient. Each sum is one thread's, in a fixed order: the result does not depend on
    /// the number of threads.
    private func denseWeightGradient(_ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>) -> [Float] {
        let shape = Self.shape(window, input: input, output: output)
        let tiles = withUnsafePointer(to: shape) { Int(ck_weight_gradient_f32_tiles(isa, $0)) }
        let bytes = withUnsafePointer(to: shape) { ck_weight_gradient_f32_scratch_size(isa, $0) }
        // Each thread's memory begins at a cache line.
        let perThread = (bytes / 4 + 16) / 16 * 16
        let memory = scratch.floats(perThread * parallel.threads, slot: ScratchSlot.weightGradient)
        let size = window.kernelHeight * window.kernelWidth * input.channels * output.channels
        return [Float](unsafeUninitializedCapacity: size) { gradient, count in
            // Tiles share no element of the gradient, and each is one thread's.
            let target = gradient.baseAddress
            parallel.run(tiles) { range, part in
                var shape = shape
                ck_weight_gradient_f32_run(
                    isa, &shape, x, outputGradient, Int32(images), Int64(range.lowerBound), Int64(range.upperBound),
                    target, memory + part * perThread)
            }
            count = size
        }
    }
}
