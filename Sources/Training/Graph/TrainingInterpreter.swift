import Platform
import CKernels
import Networks

/// Runs a training graph forward, keeping what the gradient needs, and backward.
///
/// States: *empty* → `forward` → *ran* (outputs can be read) → `backward`, any number of times. Every value is computed in
/// an order that depends on shapes alone: results are the same bits for any number of threads.
///
/// Not `Sendable`: one trainer owns it.
public final class TrainingInterpreter {
    /// What is run.
    public let graph: TrainingGraph
    /// Threads that share the work of a layer.
    public let threads: Int

    private let isa: ck_isa
    private let parallel: ParallelRanges
    private let scratch = ScratchMemory()
    private var images = 0
    /// The values of each tensor, `images` of them one after the other.
    private var values: [FloatBuffer?]
    /// What backward needs of each batch normalization, by its layer.
    private var statistics: [Int: BatchNormalizationPass.Affine] = [:]
    /// Gradient buffers that are free, by their number of floats.
    private var free: [Int: [FloatBuffer]] = [:]

    /// An interpreter of a graph.
    public init(graph: TrainingGraph, threads: Int = AvailableProcessors.count) {
        precondition(threads >= 1)
        self.graph = graph
        self.threads = threads
        isa = ck_best_isa()
        parallel = ParallelRanges(threads: threads)
        values = Array(repeating: nil, count: graph.shapes.count)
    }

    /// The values of an output after `forward`, `[images, …]`.
    public func withOutput<R>(_ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        let tensor = graph.outputs[index]
        let buffer = value(tensor)
        return try body(UnsafeBufferPointer(start: buffer.floats, count: images * graph[tensor].elementCount))
    }

    // MARK: Forward

    /// Runs the graph on a batch, with the batch's own statistics, which move the running ones in `parameters`.
    ///
    /// - Parameter input: `[images, height, width, channels]`.
    public func forward(_ input: UnsafeBufferPointer<Float>, images: Int, parameters: inout [TrainingParameter]) {
        precondition(images >= 1 && input.count == images * graph.inputShape.elementCount, "whole images")
        precondition(parameters.count == graph.parameters.count, "the parameters of the graph")
        if images != self.images {
            self.images = images
            values = Array(repeating: nil, count: graph.shapes.count)
            free = [:]
        }
        let target = makeValue(graph.input)
        if let source = input.baseAddress { copy(source, to: target.floats, input.count) }
        for index in graph.layers.indices { forward(index, &parameters) }
    }

    private func forward(_ index: Int, _ parameters: inout [TrainingParameter]) {
        let layer = graph.layers[index]
        let (input, output) = (graph[layer.inputs[0]], graph[layer.output])
        let x = value(layer.inputs[0]).floats
        if case .reshape = layer.operation {
            values[layer.output.index] = value(layer.inputs[0])
            return
        }
        let y = makeValue(layer.output).floats
        let count = images * output.elementCount
        switch layer.operation {
        case .convolution(let window, .dense, let weights, let bias):
            convolution(window, input, output).forward(
                x, weights: parameters[weights].values, bias: bias.map { parameters[$0].values }, images: images,
                into: y)
        case .convolution(let window, .depthwise, let weights, let bias):
            depthwise(window, input, output).forward(
                x, weights: parameters[weights].values, bias: bias.map { parameters[$0].values }, images: images,
                into: y)
        case .batchNormalization(let normalization):
            normalize(index, normalization, x, output, &parameters, into: y)
        case .activation(let activation):
            switch activation {
            case .relu: map(ReLUFunction.self, x, count, into: y)
            case .relu6: map(ReLU6Function.self, x, count, into: y)
            case .hardSwish: map(HardSwishFunction.self, x, count, into: y)
            case .none, .hardSigmoid, .sigmoid: y.update(from: x, count: count)
            }
        case .add:
            let other = value(layer.inputs[1]).floats
            parallel.run(count, grain: 4096) { [isa] range, _ in
                let first = range.lowerBound
                ck_add_f32(isa, CK_ACTIVATION_NONE, x + first, other + first, y + first, range.count)
            }
        case .maxPooling(let window):
            let pass = PoolingPass(window: window, input: input, output: output)
            parallel.run(images) { range, _ in
                for image in range {
                    pass.forward(x + image * input.elementCount, into: y + image * output.elementCount)
                }
            }
        case .l2Normalization(let scale, let epsilon):
            L2NormalizationPass(pixels: images * input.pixels, channels: input.channels, epsilon: epsilon)
                .forward(x, scale: parameters[scale].values, into: y)
        case .concatenation(let axis):
            let sources = layer.inputs.map { value($0).floats }
            forEachRun(of: layer, axis: axis) { input, offset, outputOffset, length in
                (y + outputOffset).update(from: sources[input] + offset, count: length)
            }
        case .reshape: return
        }
    }

    private func normalize(
        _ index: Int, _ normalization: TrainingGraph.Layer.BatchNormalization, _ x: UnsafePointer<Float>,
        _ shape: TensorShape, _ parameters: inout [TrainingParameter], into y: UnsafeMutablePointer<Float>
    ) {
        let pass = self.normalization(normalization.activation, shape)
        let mean: [Float]
        let variance: [Float]
        if normalization.isFixed {
            mean = parameters[normalization.mean].values
            variance = parameters[normalization.variance].values
        } else {
            (mean, variance) = pass.statistics(x)
            // Running variance is the unbiased one, as in PyTorch.
            let correction = pass.pixels > 1 ? Float(pass.pixels) / Float(pass.pixels - 1) : 1
            for c in mean.indices {
                parameters[normalization.mean].values[c] +=
                    normalization.momentum * (mean[c] - parameters[normalization.mean].values[c])
                parameters[normalization.variance].values[c] +=
                    normalization.momentum * (variance[c] * correction - parameters[normalization.variance].values[c])
            }
        }
        let affine = BatchNormalizationPass.Affine(
            mean: mean, variance: variance, epsilon: normalization.epsilon,
            scale: parameters[normalization.scale].values, shift: parameters[normalization.shift].values)
        statistics[index] = affine
        pass.forward(x, affine, into: y)
    }

    // MARK: Backward

    /// The gradient of a loss by every parameter, from its gradient by the outputs of the last `forward`.
    ///
    /// - Parameters:
    ///   - outputGradients: For each output, `[images, …]`.
    ///   - parameters: Those of the last `forward`.
    /// - Returns: an array for each parameter, empty for those that are not trained.
    public func backward(outputGradients: [UnsafeBufferPointer<Float>], parameters: [TrainingParameter]) -> [[Float]] {
        precondition(images > 0 && outputGradients.count == graph.outputs.count, "a gradient for each output")
        var result = graph.parameters.map { description in
            [Float](repeating: 0, count: description.role.isTrained ? description.shape.reduce(1, *) : 0)
        }
        var gradients = [FloatBuffer?](repeating: nil, count: graph.shapes.count)
        for (tensor, gradient) in zip(graph.outputs, outputGradients) {
            let count = images * graph[tensor].elementCount
            precondition(gradient.count == count, "whole outputs")
            guard let source = gradient.baseAddress else { continue }
            let (target, isNew) = self.gradient(tensor, &gradients)
            if isNew { copy(source, to: target, count) } else { add(source, to: target, count) }
        }
        for index in graph.layers.indices.reversed() {
            guard let buffer = gradients[graph.layers[index].output.index] else { continue }
            gradients[graph.layers[index].output.index] = nil
            backward(index, buffer, parameters, &gradients, &result)
        }
        if let buffer = gradients[graph.input.index] { release(buffer) }
        for index in result.indices where !graph.parameters[index].role.isTrained { result[index] = [] }
        return result
    }

    private func backward(
        _ index: Int, _ buffer: FloatBuffer, _ parameters: [TrainingParameter], _ gradients: inout [FloatBuffer?],
        _ result: inout [[Float]]
    ) {
        let layer = graph.layers[index]
        let (input, output) = (graph[layer.inputs[0]], graph[layer.output])
        let x = value(layer.inputs[0]).floats
        let delta = buffer.floats
        let count = images * output.elementCount
        // Nobody asks for the gradient by the image.
        let reachesImage = layer.inputs[0] == graph.input
        switch layer.operation {
        case .convolution(let window, let grouping, let weights, let bias):
            if let bias { result[bias] = channelSums(delta, pixels: images * output.pixels, channels: output.channels) }
            if grouping == .dense {
                let pass = WeightGradientPass(
                    window: window, input: input, output: output, isa: isa, parallel: parallel, scratch: scratch)
                if graph.parameters[weights].role.isTrained {
                    result[weights] = pass(x, outputGradient: delta, images: images)
                }
                if !reachesImage {
                    let (target, isNew) = gradient(layer.inputs[0], &gradients)
                    convolution(window, input, output).inputGradient(
                        delta, weights: parameters[weights].values, images: images, into: target,
                        accumulates: !isNew)
                }
            } else {
                let pass = depthwise(window, input, output)
                result[weights] = pass.weightGradient(x, outputGradient: delta, images: images)
                if !reachesImage {
                    let target = clearedGradient(layer.inputs[0], &gradients)
                    pass.addInputGradient(delta, weights: parameters[weights].values, images: images, to: target)
                }
            }
        case .batchNormalization(let normalization):
            guard let affine = statistics[index] else { preconditionFailure("backward before forward") }
            let target = buffer.owners == 1 ? buffer : makeGradient(count)
            (result[normalization.scale], result[normalization.shift]) =
                self.normalization(normalization.activation, output)
                .backward(x, gradient: delta, affine, isFixed: normalization.isFixed, into: target.floats)
            if target !== buffer { release(buffer) }
            return hand(target, to: layer.inputs[0], &gradients)
        case .activation(let activation):
            let own = exclusive(buffer)
            switch activation {
            case .relu: multiply(ReLUFunction.self, own.floats, x, count)
            case .relu6: multiply(ReLU6Function.self, own.floats, x, count)
            case .hardSwish: multiply(HardSwishFunction.self, own.floats, x, count)
            case .none, .hardSigmoid, .sigmoid: break
            }
            return hand(own, to: layer.inputs[0], &gradients)
        case .add:
            // Both have the same gradient, until one of them is written.
            buffer.owners += 1
            hand(buffer, to: layer.inputs[1], &gradients)
            return hand(buffer, to: layer.inputs[0], &gradients)
        case .maxPooling(let window):
            let pass = PoolingPass(window: window, input: input, output: output)
            let target = clearedGradient(layer.inputs[0], &gradients)
            parallel.run(images) { range, _ in
                for image in range {
                    pass.backward(
                        x + image * input.elementCount, outputGradient: delta + image * output.elementCount,
                        into: target + image * input.elementCount)
                }
            }
        case .l2Normalization(let scale, let epsilon):
            let pass = L2NormalizationPass(
                pixels: images * input.pixels, channels: input.channels, epsilon: epsilon)
            let sums = pass.backward(
                x, outputGradient: delta, scale: parameters[scale].values,
                into: clearedGradient(layer.inputs[0], &gradients))
            result[scale] = sums.map { Float($0) }
        case .concatenation(let axis):
            // Of a tensor that is joined twice, the first is new.
            let targets = layer.inputs.map { gradient($0, &gradients) }
            forEachRun(of: layer, axis: axis) { input, offset, outputOffset, length in
                let (target, source) = (targets[input].floats + offset, delta + outputOffset)
                if targets[input].isNew {
                    target.update(from: source, count: length)
                } else {
                    for i in 0..<length { target[i] += source[i] }
                }
            }
        case .reshape: return hand(buffer, to: layer.inputs[0], &gradients)
        }
        release(buffer)
    }

    // MARK: Loops

    private func map<F: ElementFunction>(
        _ function: F.Type, _ x: UnsafePointer<Float>, _ count: Int, into y: UnsafeMutablePointer<Float>
    ) {
        parallel.run(count, grain: 4096) { range, _ in for i in range { y[i] = F.value(x[i]) } }
    }

    private func multiply<F: ElementFunction>(
        _ function: F.Type, _ delta: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int
    ) {
        parallel.run(count, grain: 4096) { range, _ in for i in range { delta[i] *= F.slope(x[i]) } }
    }

    private func copy(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        parallel.run(count, grain: 1 << 16) { range, _ in
            (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
        }
    }

    private func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        parallel.run(count, grain: 4096) { [isa] range, _ in
            let first = range.lowerBound
            ck_add_f32(isa, CK_ACTIVATION_NONE, target + first, source + first, target + first, range.count)
        }
    }

    private func channelSums(_ x: UnsafePointer<Float>, pixels: Int, channels: Int) -> [Float] {
        var sums = [Double](repeating: 0, count: channels)
        sums.withUnsafeMutableBufferPointer { sums in
            for pixel in 0..<pixels {
                let row = x + pixel * channels
                for c in 0..<channels { sums[c] += Double(row[c]) }
            }
        }
        return sums.map { Float($0) }
    }

    /// Calls `body` with each run of elements that lies together in an input of a concatenation and in its output; with
    /// those of one tensor's same elements one after the other, in order.
    private func forEachRun(
        of layer: TrainingGraph.Layer, axis: Int,
        _ body: (_ input: Int, _ offset: Int, _ outputOffset: Int, _ length: Int) -> Void
    ) {
        let outer = images * graph[layer.output].dimensions[..<axis].reduce(1, *)
        let pitch = graph[layer.output].dimensions[axis...].reduce(1, *)
        let lengths = layer.inputs.map { graph[$0].dimensions[axis...].reduce(1, *) }
        parallel.run(outer) { range, _ in
            for run in range {
                var first = run * pitch
                for (input, length) in lengths.enumerated() {
                    body(input, run * length, first, length)
                    first += length
                }
            }
        }
    }

    private func convolution(_ window: Window, _ input: TensorShape, _ output: TensorShape) -> ConvolutionPass {
        ConvolutionPass(window: window, input: input, output: output, isa: isa, parallel: parallel, scratch: scratch)
    }

    private func depthwise(_ window: Window, _ input: TensorShape, _ output: TensorShape) -> DepthwisePass {
        DepthwisePass(window: window, input: input, output: output, isa: isa, parallel: parallel, scratch: scratch)
    }

    private func normalization(_ activation: Activation, _ shape: TensorShape) -> BatchNormalizationPass {
        BatchNormalizationPass(
            pixels: images * shape.pixels, channels: shape.channels, activation: activation, isa: isa,
            parallel: parallel, scratch: scratch)
    }

    // MARK: Memory

    private func value(_ tensor: TrainingGraph.Tensor) -> FloatBuffer {
        guard let buffer = values[tensor.index] else { preconditionFailure("a tensor before its layer ran") }
        return buffer
    }

    private func makeValue(_ tensor: TrainingGraph.Tensor) -> FloatBuffer {
        if let buffer = values[tensor.index] { return buffer }
        let buffer = FloatBuffer(count: images * graph[tensor].elementCount)
        values[tensor.index] = buffer
        return buffer
    }

    private func makeGradient(_ count: Int) -> FloatBuffer { free[count]?.popLast() ?? FloatBuffer(count: count) }

    /// The gradient of a tensor, and whether this is its first use, with undefined content.
    private func gradient(
        _ tensor: TrainingGraph.Tensor, _ gradients: inout [FloatBuffer?]
    ) -> (floats: UnsafeMutablePointer<Float>, isNew: Bool) {
        if let buffer = gradients[tensor.index] {
            let own = exclusive(buffer)
            gradients[tensor.index] = own
            return (own.floats, false)
        }
        let buffer = makeGradient(images * graph[tensor].elementCount)
        gradients[tensor.index] = buffer
        return (buffer.floats, true)
    }

    /// The buffer, or a copy of it for one of those that have it together.
    private func exclusive(_ buffer: FloatBuffer) -> FloatBuffer {
        guard buffer.owners > 1 else { return buffer }
        let own = makeGradient(buffer.count)
        copy(buffer.floats, to: own.floats, buffer.count)
        release(buffer)
        return own
    }

    /// The gradient of a tensor, 0 at first.
    private func clearedGradient(
        _ tensor: TrainingGraph.Tensor, _ gradients: inout [FloatBuffer?]
    ) -> UnsafeMutablePointer<Float> {
        let (floats, isNew) = gradient(tensor, &gradients)
        if isNew { floats.update(repeating: 0, count: images * graph[tensor].elementCount) }
        return floats
    }

    /// Makes a buffer the gradient of a tensor of as many elements, or adds it to that.
    private func hand(_ buffer: FloatBuffer, to tensor: TrainingGraph.Tensor, _ gradients: inout [FloatBuffer?]) {
        guard let existing = gradients[tensor.index] else {
            gradients[tensor.index] = buffer
            return
        }
        let own = exclusive(existing)
        gradients[tensor.index] = own
        add(buffer.floats, to: own.floats, buffer.count)
        release(buffer)
    }

    /// One owner less; without any, the buffer is free for another gradient.
    private func release(_ buffer: FloatBuffer) {
        buffer.owners -= 1
        guard buffer.owners == 0 else { return }
        buffer.owners = 1
        free[buffer.count, default: []].append(buffer)
    }
}
