import Platform
import CKernels
import Engine
import Networks

/// A depthwise convolution over a batch: output, gradient by its input, gradient by its weights.
struct DepthwisePass {
    let window: Window
    let input: TensorShape
    let output: TensorShape
    let isa: ck_isa
    let parallel: ParallelRanges
    let scratch: ScratchMemory

    /// The convolution between two tensors.
    init(_ window: Window, _ input: Int, _ output: Int, _ tape: GradientTape) {
        self.window = window
        (self.input, self.output) = (tape.shapes[input], tape.shapes[output])
        (isa, parallel, scratch) = (tape.isa, tape.parallel, tape.scratch)
    }

    func forward(
        _ x: UnsafePointer<Float>, weights: [Float], bias: [Float]?, images: Int, into y: UnsafeMutablePointer<Float>
    ) {
        var shape = ConvolutionPass.shape(window, input: input, output: output)
        guard let method = Method(CK_ELEMENT_F32, ck_layer_f32(&shape, 1, input.channels), isa) else {
            preconditionFailure("floats have a method")
        }
        let packed = scratch.floats(method.packedSize(isa, shape) / 4 + 16, slot: ScratchSlot.packed)
        method.pack(isa, shape, weights: weights, bias: bias, to: packed)
        let inputs = (0..<images).map { Optional(UnsafeRawPointer(x + $0 * input.elementCount)) }
        let outputs = (0..<images).map { Optional(UnsafeMutableRawPointer(y + $0 * output.elementCount)) }
        let perThread = (method.scratchSize(isa, shape) / 4 + 16) / 16 * 16 + 16
        let memory = scratch.floats(perThread * parallel.threads, slot: ScratchSlot.kernel)
        inputs.withUnsafeBufferPointer { inputs in
            outputs.withUnsafeBufferPointer { outputs in
                let layer = ConvolutionPass.layer(shape, packed: packed)
                parallel.run(images * output.pixels, grain: 64) { range, part in
                    let work = ck_work(
                        inputs: inputs.baseAddress, outputs: outputs.baseAddress, input_stride: input.channels,
                        output_stride: output.channels, begin: Int64(range.lowerBound),
                        end: Int64(range.upperBound), block_begin: 0, block_end: 1, scratch: memory + part * perThread)
                    method.run(isa, layer, work)
                }
            }
        }
    }

    /// ∂L/∂x from ∂L/∂y, added to `gradient`.
    func addInputGradient(
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
    func weightGradient(_ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, images: Int) -> [Float] {
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
