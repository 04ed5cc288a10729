import Platform
import CKernels
import Engine
import Networks

/// A convolution over a batch: output, gradient by its input, gradient by its parameters.
///
/// Output and input gradient run on the inference engine's kernels. The input gradient of a convolution with stride s is
/// s² convolutions without stride, one for each phase of the input's pixels, of the output gradient and the kernel's
/// mirrored taps of that phase (so that no multiplication with an inserted 0 is done).
struct ConvolutionPass {
    let window: Window
    let isDepthwise: Bool
    let input: TensorShape
    let output: TensorShape
    let images: Int
    let isa: ck_isa
    let parallel: ParallelRanges
    let scratch: ScratchMemory

    /// The convolution between two tensors.
    init(_ window: Window, _ grouping: Convolution.Grouping, _ input: Int, _ output: Int, _ tape: GradientTape) {
        self.window = window
        isDepthwise = grouping == .depthwise
        images = tape.images
        (self.input, self.output) = (tape.shapes[input], tape.shapes[output])
        (isa, parallel, scratch) = (tape.isa, tape.parallel, tape.scratch)
    }

    /// The engine's description of a convolution.
    static func shape(_ window: Window, input: TensorShape, output: TensorShape) -> ck_convolution_shape {
        ck_convolution_shape(
            input_height: Int32(input.height), input_width: Int32(input.width), input_channels: Int32(input.channels),
            output_height: Int32(output.height), output_width: Int32(output.width),
            output_channels: Int32(output.channels), kernel_height: Int32(window.kernelHeight),
            kernel_width: Int32(window.kernelWidth), stride_y: Int32(window.strideY), stride_x: Int32(window.strideX),
            dilation_y: Int32(window.dilationY), dilation_x: Int32(window.dilationX),
            padding_top: Int32(window.paddingTop), padding_left: Int32(window.paddingLeft))
    }

    /// How a convolution over maps without gaps is computed.
    private func method(of shape: ck_convolution_shape) -> Method {
        var shape = shape
        let layer = ck_layer_f32(&shape, isDepthwise ? 1 : 0, Int(shape.input_channels))
        guard let method = Method(CK_ELEMENT_F32, layer, isa) else { preconditionFailure("floats have a method") }
        return method
    }

    /// A packed layer.
    static func layer(_ shape: ck_convolution_shape, packed: UnsafeRawPointer) -> ck_convolution {
        var layer = ck_convolution()
        (layer.shape, layer.packed) = (shape, packed)
        return layer
    }

    /// y = f(w * x + b).
    func forward(
        _ x: UnsafePointer<Float>, weights: [Float], bias: [Float]?, activation: ck_activation,
        into y: UnsafeMutablePointer<Float>
    ) {
        run(
            Self.shape(window, input: input, output: output), x, weights: weights, bias: bias, activation: activation,
            into: y, accumulates: false)
    }

    /// ∂L/∂x from ∂L/∂y, written to `gradient` or, where it `accumulates`, added to it.
    func inputGradient(
        _ outputGradient: UnsafePointer<Float>, weights: [Float], into gradient: UnsafeMutablePointer<Float>,
        accumulates: Bool
    ) {
        if isDepthwise {
            depthwiseInputGradient(outputGradient, weights: weights, into: gradient, accumulates: accumulates)
        } else if window.strideY == 1, window.strideX == 1 {
            let phase = Phase(self, row: 0, column: 0)
            run(
                phase.shape(self), outputGradient, weights: phase.weights(self, weights), bias: nil, into: gradient,
                accumulates: accumulates)
        } else {
            stridedInputGradient(outputGradient, weights: weights, into: gradient, accumulates: accumulates)
        }
    }

    /// A phase of an image at a time, so that its pixels are laid where they belong while they are in a cache.
    private func stridedInputGradient(
        _ outputGradient: UnsafePointer<Float>, weights: [Float], into gradient: UnsafeMutablePointer<Float>,
        accumulates: Bool
    ) {
        var phases: [(phase: Phase, shape: ck_convolution_shape, packed: Int, method: Method?)] = []
        var (packedSize, kernelSize, partSize) = (0, 0, 0)
        for row in 0..<window.strideY {
            for column in 0..<window.strideX {
                let phase = Phase(self, row: row, column: column)
                guard phase.rows > 0, phase.columns > 0 else { continue }
                let shape = phase.shape(self)
                let method = phase.hasTaps ? method(of: shape) : nil
                phases.append((phase, shape, packedSize, method))
                partSize = max(partSize, ScratchMemory.whole(phase.rows * phase.columns * input.channels))
                guard let method else { continue }
                packedSize += ScratchMemory.whole(method.packedSize(isa, shape) / 4)
                kernelSize = max(kernelSize, ScratchMemory.whole(method.scratchSize(isa, shape) / 4))
            }
        }
        let packed = scratch.floats(packedSize, slot: ScratchSlot.packed)
        for item in phases {
            item.method?.pack(
                isa, item.shape, weights: item.phase.weights(self, weights), bias: nil, to: packed + item.packed,
                parallel)
        }
        let perThread = kernelSize + partSize
        let memory = scratch.floats(perThread * parallel.threads, slot: ScratchSlot.kernel)
        parallel.run(images * phases.count) { [phases] range, thread in
            let (kernel, part) = (memory + thread * perThread, memory + thread * perThread + kernelSize)
            for unit in range {
                let (image, item) = (unit / phases.count, phases[unit % phases.count])
                let pixels = item.phase.rows * item.phase.columns
                if let method = item.method {
                    let layer = Self.layer(item.shape, packed: packed + item.packed)
                    var source = Optional(UnsafeRawPointer(outputGradient + image * output.elementCount))
                    var target = Optional(UnsafeMutableRawPointer(part))
                    withUnsafePointer(to: &source) { source in
                        withUnsafePointer(to: &target) { target in
                            let work = ck_work(
                                inputs: source, outputs: target, input_stride: output.channels,
                                output_stride: input.channels, begin: 0, end: Int64(pixels), block_begin: 0,
                                block_end: method.division(isa, item.shape).blocks, scratch: kernel)
                            method.run(isa, layer, work)
                        }
                    }
                } else {
                    part.update(repeating: 0, count: pixels * input.channels)
                }
                scatter(part, item.phase, into: gradient + image * input.elementCount, accumulates: accumulates)
            }
        }
    }

    /// Lays a phase's pixels where they belong in an image.
    private func scatter(
        _ part: UnsafePointer<Float>, _ phase: Phase, into gradient: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let channels = input.channels
        var source = part
        for row in 0..<phase.rows {
            let y = phase.firstRow + row * window.strideY
            for column in 0..<phase.columns {
                let target = gradient + (y * input.width + phase.firstColumn + column * window.strideX) * channels
                if accumulates {
                    for c in 0..<channels { target[c] += source[c] }
                } else {
                    target.update(from: source, count: channels)
                }
                source += channels
            }
        }
    }

    /// Runs a convolution of the engine, sharing its output pixels out among threads.
    func run(
        _ shape: ck_convolution_shape, _ x: UnsafePointer<Float>, weights: [Float], bias: [Float]?,
        activation: ck_activation = CK_ACTIVATION_NONE, into y: UnsafeMutablePointer<Float>, accumulates: Bool
    ) {
        let method = method(of: shape)
        let packed = scratch.floats(method.packedSize(isa, shape) / 4 + 16, slot: ScratchSlot.packed)
        method.pack(isa, shape, weights: weights, bias: bias, to: packed, parallel)
        let inputSize = Int(shape.input_height * shape.input_width * shape.input_channels)
        let pixels = Int(shape.output_height * shape.output_width)
        let outputSize = pixels * Int(shape.output_channels)
        let inputs = (0..<images).map { Optional(UnsafeRawPointer(x + $0 * inputSize)) }
        let outputs = (0..<images).map { Optional(UnsafeMutableRawPointer(y + $0 * outputSize)) }
        let residuals = outputs.map { UnsafeRawPointer($0) }
        let blocks = method.division(isa, shape).blocks
        let perThread = method.scratchSize(isa, shape) / 4 + 16
        let memory = scratch.floats(perThread * parallel.threads + 16, slot: ScratchSlot.kernel)
        inputs.withUnsafeBufferPointer { inputs in
            outputs.withUnsafeBufferPointer { outputs in
                residuals.withUnsafeBufferPointer { residuals in
                    var layer = Self.layer(shape, packed: packed)
                    layer.residuals = accumulates ? residuals.baseAddress : nil
                    layer.residual_stride = Int(shape.output_channels)
                    layer.activation = activation
                    let whole = layer
                    parallel.run(images * pixels, grain: 64) { range, part in
                        let work = ck_work(
                            inputs: inputs.baseAddress, outputs: outputs.baseAddress,
                            input_stride: Int(shape.input_channels), output_stride: Int(shape.output_channels),
                            begin: Int64(range.lowerBound), end: Int64(range.upperBound),
                            block_begin: 0, block_end: blocks, scratch: memory + part * (perThread / 16 * 16))
                        method.run(isa, whole, work)
                    }
                }
            }
        }
    }
}

/// Pixels of the input at rows a + s·t − padding (and columns likewise), whose gradient only taps a, a + s, … reach:
/// with input row s·q + a − p, it is Σ_j ∂L/∂y[q − j] · w[a + s·j].
private struct Phase {
    let row: Int, column: Int
    /// Taps of this phase.
    let kernelRows: Int, kernelColumns: Int
    /// The first input row and column of this phase, and how many there are.
    let firstRow: Int, firstColumn: Int
    let rows: Int, columns: Int
    /// The padding that puts output pixel q where it belongs.
    let paddingTop: Int, paddingLeft: Int

    /// Whether any tap reaches these pixels.
    var hasTaps: Bool { kernelRows > 0 && kernelColumns > 0 }

    init(_ pass: ConvolutionPass, row: Int, column: Int) {
        func phase(_ a: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int, _ extent: Int)
            -> (taps: Int, first: Int, count: Int, padding: Int)
        {
            let taps = a < kernel ? (kernel - a + stride - 1) / stride : 0
            let q = max(0, (padding - a + stride - 1) / stride)
            let first = stride * q + a - padding
            let count = first < extent ? (extent - first + stride - 1) / stride : 0
            return (taps, first, count, dilation * (taps - 1) - q)
        }
        self.row = row
        self.column = column
        let window = pass.window
        let vertical = phase(
            row, window.kernelHeight, window.strideY, window.dilationY, window.paddingTop, pass.input.height)
        let horizontal = phase(
            column, window.kernelWidth, window.strideX, window.dilationX, window.paddingLeft, pass.input.width)
        (kernelRows, firstRow, rows, paddingTop) = vertical
        (kernelColumns, firstColumn, columns, paddingLeft) = horizontal
    }

    func shape(_ pass: ConvolutionPass) -> ck_convolution_shape {
        ck_convolution_shape(
            input_height: Int32(pass.output.height), input_width: Int32(pass.output.width),
            input_channels: Int32(pass.output.channels), output_height: Int32(rows), output_width: Int32(columns),
            output_channels: Int32(pass.input.channels), kernel_height: Int32(kernelRows),
            kernel_width: Int32(kernelColumns), stride_y: 1, stride_x: 1, dilation_y: Int32(pass.window.dilationY),
            dilation_x: Int32(pass.window.dilationX), padding_top: Int32(paddingTop), padding_left: Int32(paddingLeft))
    }

    /// The phase's taps, mirrored, input and output channels exchanged.
    func weights(_ pass: ConvolutionPass, _ weights: [Float]) -> [Float] {
        let window = pass.window
        let (inputs, outputs) = (pass.input.channels, pass.output.channels)
        let kernelRowSize = window.kernelWidth * inputs
        let pitch = kernelRows * kernelColumns * outputs
        return [Float](unsafeUninitializedCapacity: inputs * pitch) { result, count in
            guard let target = result.baseAddress else { return }
            weights.withUnsafeBufferPointer { weights in
                // A line of inputs at a time: of what is read nothing is read twice.
                let line = FloatBuffer.alignment / 4
                pass.parallel.run((inputs + line - 1) / line) { lines, _ in
                    for first in stride(from: lines.lowerBound * line, to: lines.upperBound * line, by: line) {
                        let length = min(line, inputs - first)
                        for tap in 0..<kernelRows * kernelColumns {
                            let ky = row + window.strideY * (kernelRows - 1 - tap / kernelColumns)
                            let kx = column + window.strideX * (kernelColumns - 1 - tap % kernelColumns)
                            var source = ky * kernelRowSize + kx * inputs + first
                            for output in 0..<outputs {
                                let to = target + first * pitch + tap * outputs + output
                                for i in 0..<length { to[i * pitch] = weights[source + i] }
                                source += window.kernelHeight * kernelRowSize
                            }
                        }
                    }
                }
            }
            count = inputs * pitch
        }
    }
}
