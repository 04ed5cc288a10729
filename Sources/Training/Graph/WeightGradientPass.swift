import CKernels
import Networks

/// ∂L/∂w of a convolution with one group: for each tap and channel, the product of the input's pixels under that tap and
/// the output's gradient, a matrix product over all pixels of the batch.
///
/// It runs on the engine's pointwise kernel with the roles exchanged: the "pixels" are the (tap, input channel) pairs, the
/// "channels" of a pixel are some rows of the batch's output, over which is summed. The rows are shared out among a number
/// of partial sums that depends on the shape alone, so that the result does not depend on the number of threads.
struct WeightGradientPass {
    /// Output pixels summed by one call of the kernel: so many that its weights stay in the second-level cache.
    private static let chunkPixels = 1024
    /// The most partial sums.
    private static let maximumPartials = 16

    let window: Window
    let input: TensorShape
    let output: TensorShape
    let isa: ck_isa
    let parallel: ParallelRanges
    let scratch: ScratchMemory

    /// Pairs of tap and input channel.
    private var terms: Int { window.kernelHeight * window.kernelWidth * input.channels }
    /// Rows of the output, of all images one after the other, that a chunk has.
    private var chunkLines: Int { max(1, Self.chunkPixels / output.width) }

    /// The gradient as [output channels][kernel height][kernel width][input channels].
    func callAsFunction(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, images: Int
    ) -> [Float] {
        let lines = images * output.height
        let chunks = (lines + chunkLines - 1) / chunkLines
        let partials = min(chunks, Self.maximumPartials)
        let size = terms * output.channels
        let sums = scratch.floats(partials * size, slot: ScratchSlot.flat)
        // Each thread's memory is fetched before any of them runs: the scratch memory itself is not for many.
        let workspaces = (0..<parallel.threads).map { workspace(thread: $0, lines: lines) }
        parallel.run(partials) { range, part in
            for partial in range {
                let sum = sums + partial * size
                sum.update(repeating: 0, count: size)
                for chunk in chunks * partial / partials..<chunks * (partial + 1) / partials {
                    let range = chunk * chunkLines..<min(lines, (chunk + 1) * chunkLines)
                    add(x, outputGradient, lines: range, to: sum, workspaces[part])
                }
            }
        }
        // From [terms][output channels] to [output channels][terms], partial sums in order.
        return [Float](unsafeUninitializedCapacity: size) { result, count in
            parallel.run(output.channels, grain: max(1, 4096 / terms)) { range, _ in
                for channel in range {
                    for term in 0..<terms {
                        var sum: Float = 0
                        for partial in 0..<partials { sum += sums[partial * size + term * output.channels + channel] }
                        result[channel * terms + term] = sum
                    }
                }
            }
            count = size
        }
    }

    private struct Workspace {
        /// [terms][pixels of a chunk].
        let columns: UnsafeMutablePointer<Float>
        /// [output channels][pixels of a chunk].
        let transposed: UnsafeMutablePointer<Float>
        let packed: UnsafeMutablePointer<Float>
        let kernel: UnsafeMutablePointer<Float>
    }

    /// Memory of one thread for the chunks of `lines` rows: whole ones and the last, which may be shorter. (A shorter one
    /// can need more of the kernel's own memory.)
    private func workspace(thread: Int, lines: Int) -> Workspace {
        let counts = [min(lines, chunkLines), (lines - 1) % chunkLines + 1].map { $0 * output.width }
        let shapes = counts.map { shape(pixels: $0) }
        // Each part begins at a cache line.
        func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
        func largest(_ size: (UnsafePointer<ck_convolution_shape>) -> Int) -> Int {
            shapes.reduce(0) { most, shape in max(most, withUnsafePointer(to: shape, size)) }
        }
        let columns = rounded(terms * counts[0])
        let transposed = rounded(output.channels * counts[0])
        let packed = rounded(largest { ck_convolution_f32_packed_size(isa, $0) } / 4 + 1)
        let kernel = rounded(largest { ck_convolution_f32_scratch_size(isa, $0) } / 4 + 1)
        let base = scratch.floats(
            columns + transposed + packed + kernel, slot: ScratchSlot.weightGradient + thread)
        return Workspace(
            columns: base, transposed: base + columns, packed: base + columns + transposed,
            kernel: base + columns + transposed + packed)
    }

    /// A product as a pointwise convolution of one row of `terms` pixels with `pixels` channels each.
    private func shape(pixels: Int) -> ck_convolution_shape {
        ck_convolution_shape(
            input_height: 1, input_width: Int32(terms), input_channels: Int32(pixels), output_height: 1,
            output_width: Int32(terms), output_channels: Int32(output.channels), kernel_height: 1, kernel_width: 1,
            stride_y: 1, stride_x: 1, dilation_y: 1, dilation_x: 1, padding_top: 0, padding_left: 0)
    }

    /// Adds the product over some rows of the output.
    private func add(
        _ x: UnsafePointer<Float>, _ outputGradient: UnsafePointer<Float>, lines: Range<Int>,
        to sum: UnsafeMutablePointer<Float>, _ workspace: Workspace
    ) {
        let pixels = lines.count * output.width
        gatherColumns(x, lines: lines, pixels: pixels, into: workspace.columns)
        Transposition.transpose(
            outputGradient + lines.lowerBound * output.width * output.channels, rows: pixels,
            columns: output.channels, into: workspace.transposed, pitch: pixels)
        var shape = shape(pixels: pixels)
        ck_convolution_f32_pack(isa, &shape, workspace.transposed, nil, workspace.packed)
        let inputs: [UnsafeRawPointer?] = [UnsafeRawPointer(workspace.columns)]
        let outputs: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer(sum)]
        let residuals: [UnsafeRawPointer?] = [UnsafeRawPointer(sum)]
        inputs.withUnsafeBufferPointer { inputs in
            outputs.withUnsafeBufferPointer { outputs in
                residuals.withUnsafeBufferPointer { residuals in
                    var layer = ck_convolution_f32(
                        shape: shape, packed: workspace.packed, activation: CK_ACTIVATION_NONE,
                        residuals: residuals.baseAddress, residual_stride: output.channels)
                    var work = ck_work(
                        inputs: inputs.baseAddress, outputs: outputs.baseAddress, input_stride: pixels,
                        output_stride: output.channels, begin: 0, end: Int64(terms), block_begin: 0,
                        block_end: ck_convolution_f32_division(isa, &shape).blocks, scratch: workspace.kernel)
                    ck_convolution_f32_run(isa, &layer, &work)
                }
            }
        }
    }

    /// For each tap and channel, the input under the output pixels of some rows; 0 in the padding.
    private func gatherColumns(
        _ x: UnsafePointer<Float>, lines: Range<Int>, pixels: Int, into columns: UnsafeMutablePointer<Float>
    ) {
        let channels = input.channels
        for ky in 0..<window.kernelHeight {
            for kx in 0..<window.kernelWidth {
                let block = columns + (ky * window.kernelWidth + kx) * channels * pixels
                // Output columns whose tap is inside the image.
                let offset = kx * window.dilationX - window.paddingLeft
                let first = min(output.width, max(0, (-offset + window.strideX - 1) / window.strideX))
                let last = min(output.width, max(first, (input.width - 1 - offset) / window.strideX + 1))
                for (index, line) in lines.enumerated() {
                    let (image, y) = (line / output.height, line % output.height)
                    let row = y * window.strideY + ky * window.dilationY - window.paddingTop
                    let target = block + index * output.width
                    let isInside = row >= 0 && row < input.height && input.width > offset && first < last
                    for c in 0..<channels {
                        let run = target + c * pixels
                        if !isInside {
                            run.update(repeating: 0, count: output.width)
                        } else {
                            run.update(repeating: 0, count: first)
                            (run + last).update(repeating: 0, count: output.width - last)
                        }
                    }
                    guard isInside else { continue }
                    let source =
                        x + ((image * input.height + row) * input.width + first * window.strideX + offset) * channels
                    Transposition.transpose(
                        source, rows: last - first, columns: channels, rowPitch: window.strideX * channels,
                        into: target + first, pitch: pixels)
                }
            }
        }
    }
}
