import CKernels
import TestSupport
import Testing

@Suite("Layers that run together give the bits of the layers one after the other")
struct BottleneckTests {
    /// A convolution with random weights, and the memory it needs.
    private struct Layer {
        var convolution: ck_convolution
        let packed: GuardedBuffer<UInt8>
        let method: Method

        init(
            _ isa: ck_isa, _ shape: ck_convolution_shape, _ element: ck_element, isDepthwise: Bool = false,
            _ activation: ck_activation, weights: [Float], bias: [Float]
        ) {
            method = Method(
                isa, element, shape, isDepthwise: isDepthwise, inputStride: Int(shape.input_channels))
            packed = method.packed(weights, bias)
            convolution = ck_convolution(shape: shape, packed: packed, activation: activation)
        }

        func run(_ inputs: [[Float]], _ test: WindowCase) -> [[Float]] {
            var convolution = convolution
            return test.run(inputs: inputs, canary: 0, method) { method.run(&convolution, $0) }
        }
    }

    /// Instruction sets, with and without bfloat16 where pointwise layers in it can be part of a bottleneck.
    private static var arithmetics: [(isa: ck_isa, element: ck_element)] {
        availableIsas.map { ($0, CK_ELEMENT_F32) }
            + availableIsas.filter { BFloat16ConvolutionTests.isas.contains($0) && joinsInBFloat16($0) }
            .map { ($0, CK_ELEMENT_BF16) }
    }

    private static var hasBFloat16: Bool { arithmetics.contains { $0.element == CK_ELEMENT_BF16 } }

    private static func joinsInBFloat16(_ isa: ck_isa) -> Bool {
        Method(isa, CK_ELEMENT_BF16, pointwise(2, 2, 1, 1), inputStride: 1).joins
    }

    /// The pointwise layer over a map.
    private static func pointwise(_ height: Int32, _ width: Int32, _ inputs: Int32, _ outputs: Int32)
        -> ck_convolution_shape
    {
        ck_convolution_shape(
            input_height: height, input_width: width, input_channels: inputs, output_height: height,
            output_width: width, output_channels: outputs, kernel_height: 1, kernel_width: 1, stride_y: 1, stride_x: 1,
            dilation_y: 1, dilation_x: 1, padding_top: 0, padding_left: 0)
    }

    /// The case of one of the layers: dense memory, no cuts.
    private func plain(_ test: WindowCase, _ shape: ck_convolution_shape) -> WindowCase {
        var plain = test
        plain.shape = shape
        plain.inputStride = Int(shape.input_channels)
        plain.outputStride = Int(shape.output_channels)
        plain.cuts = []
        return plain
    }

    /// Large maps make many strips, whose rows go round the ring.
    @Test(arguments: 0..<60)
    func bottleneck(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(7000 + seed))
        var range = CaseRange(keepsChannels: true)
        range.kernels = [3, 3, 5, 5, 2]
        range.inputChannels = 1...90
        if seed % 4 == 0 { (range.extents, range.inputChannels) = (60...90, 40...90) }
        if seed % 3 != 0 { range.dilations = 1...1 }
        let test = WindowCase(range, using: &generator)
        let shape = test.shape
        let expands = seed % 3 != 1, projects = seed % 3 != 2
        let inputChannels = expands ? Int32.random(in: 1...70, using: &generator) : shape.input_channels
        let outputChannels = projects ? Int32.random(in: 1...70, using: &generator) : shape.output_channels
        func activation() -> ck_activation { oneOf(allActivations, using: &generator) }
        func floats(_ count: Int32) -> [Float] { randomFloats(Int(count), using: &generator) }
        let expandWeights = floats(inputChannels * shape.input_channels), expandBias = floats(shape.input_channels)
        let weights = floats(Int32(test.taps) * shape.output_channels), bias = floats(shape.output_channels)
        let projectWeights = floats(shape.output_channels * outputChannels), projectBias = floats(outputChannels)
        let activations = [activation(), activation(), activation()]
        let inputs = (0..<test.batch).map { _ in floats(Int32(test.inputPixels) * inputChannels) }
        let residuals =
            seed % 2 == 0 ? (0..<test.batch).map { _ in floats(Int32(test.outputPixels) * outputChannels) } : nil

        for (isa, element) in Self.arithmetics {
            let first = Self.pointwise(shape.input_height, shape.input_width, inputChannels, shape.input_channels)
            let last = Self.pointwise(shape.output_height, shape.output_width, shape.output_channels, outputChannels)
            let expand = Layer(isa, first, element, activations[0], weights: expandWeights, bias: expandBias)
            var depthwise = Layer(
                isa, shape, CK_ELEMENT_F32, isDepthwise: true, activations[1], weights: weights, bias: bias)
            var project = Layer(
                isa, last, element, activations[2], weights: projectWeights, bias: projectBias)
            let guarded = residuals?.map { GuardedBuffer($0, filler: 0) }
            let pointers = guarded?.map { UnsafeRawPointer($0.address) as UnsafeRawPointer? } ?? []
            pointers.withUnsafeBufferPointer { pointers in
                if residuals != nil {
                    func set(_ layer: inout Layer) {
                        layer.convolution.residuals = pointers.baseAddress
                        layer.convolution.residual_stride = Int(outputChannels)
                    }
                    if projects { set(&project) } else { set(&depthwise) }
                }
                var values = inputs
                if expands { values = expand.run(values, plain(test, first)) }
                values = depthwise.run(values, plain(test, shape))
                if projects { values = project.run(values, plain(test, last)) }

                var bottleneck = ck_bottleneck(
                    expand_method: expands ? expand.method.value : nil, depthwise_method: depthwise.method.value,
                    project_method: projects ? project.method.value : nil, expand: expand.convolution,
                    depthwise: depthwise.convolution, project: project.convolution)
                var whole = plain(test, last)
                whole.shape.input_height = shape.input_height
                whole.shape.input_width = shape.input_width
                whole.shape.input_channels = inputChannels
                whole.inputStride = Int(inputChannels)
                let rows = Int64(test.batch) * Int64(shape.output_height)
                var cut = whole
                cut.cuts = [rows / 3, rows / 2].map { $0 * Int64(shape.output_width) }
                for part in [whole, cut] {
                    let found = part.run(
                        inputs: inputs, canary: 0, scratchBytes: ck_bottleneck_scratch_size(isa, &bottleneck)
                    ) { ck_bottleneck_run(isa, &bottleneck, $0) }
                    let name = String(cString: ck_isa_description(isa))
                    #expect(found == values, "\(name), \(element), expands \(expands), projects \(projects): \(test)")
                }
            }
            withExtendedLifetime((guarded, expand, depthwise, project)) {}
        }
    }

    /// Where all layers of a bottleneck multiply in bfloat16, what lies between them is rounded: the numbers are those of
    /// rounding it between the layers one after the other, but for the few sums whose own rounding decides another way.
    @Test(.enabled(if: hasBFloat16, "no instruction set here joins steps in bfloat16"), arguments: 0..<60)
    func bottleneckInBFloat16(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(7500 + seed))
        let width = seed % 2 == 0 ? 3 : 5, stride = 1 + seed / 2 % 2, projects = seed % 3 != 0
        func size(_ range: ClosedRange<Int32>) -> Int32 { Int32.random(in: range, using: &generator) }
        let height = size(1...40), columns = 2 * size(1...(seed % 4 == 0 ? 70 : 20)), channels = size(1...90)
        let dilation = size(1...2), padding = size(0...2)
        let reach = dilation * (seed % 5 == 0 ? 1 : Int32(width) - 1) + 1
        let shape = ck_convolution_shape(
            input_height: height + reach, input_width: columns, input_channels: channels,
            output_height: (height + 2 * padding) / Int32(stride) + 1,
            output_width: (columns - 1) / Int32(stride) + 1, output_channels: channels,
            kernel_height: (reach - 1) / dilation + 1, kernel_width: Int32(width), stride_y: Int32(stride),
            stride_x: Int32(stride), dilation_y: dilation, dilation_x: 1, padding_top: padding,
            padding_left: Int32(width / 2))
        let inputChannels = size(1...70), outputChannels = projects ? size(1...70) : channels
        var test = WindowCase(CaseRange(), using: &generator)
        test.shape = shape
        test.batch = 2
        func activation() -> ck_activation { oneOf(allActivations, using: &generator) }
        func floats(_ count: Int32) -> [Float] { randomFloats(Int(count), using: &generator) }
        let expandWeights = floats(inputChannels * channels), expandBias = floats(channels)
        let weights = floats(Int32(test.taps) * channels), bias = floats(channels)
        let projectWeights = floats(channels * outputChannels), projectBias = floats(outputChannels)
        let activations = [activation(), activation(), activation()]
        let inputs = (0..<test.batch).map { _ in floats(shape.input_height * columns * inputChannels) }
        let residuals = (0..<test.batch).map { _ in floats(Int32(test.outputPixels) * outputChannels) }

        for (isa, element) in Self.arithmetics where element == CK_ELEMENT_BF16 {
            let filter = Method(isa, CK_ELEMENT_BF16, shape, isDepthwise: true, inputStride: Int(channels))
            #expect(filter.joins)
            let first = Self.pointwise(shape.input_height, columns, inputChannels, channels)
            let last = Self.pointwise(shape.output_height, shape.output_width, channels, outputChannels)
            let expand = Layer(isa, first, element, activations[0], weights: expandWeights, bias: expandBias)
            let roundedWeights = weights.map(BFloat16ConvolutionTests.rounded)
            var depthwise = Layer(
                isa, shape, CK_ELEMENT_F32, isDepthwise: true, activations[1], weights: roundedWeights, bias: bias)
            var project = Layer(isa, last, element, activations[2], weights: projectWeights, bias: projectBias)
            let packed = filter.packed(weights, bias)
            let guarded = residuals.map { GuardedBuffer($0, filler: 0) }
            let pointers = guarded.map { UnsafeRawPointer($0.address) as UnsafeRawPointer? }
            pointers.withUnsafeBufferPointer { pointers in
                func set(_ layer: inout Layer) {
                    layer.convolution.residuals = pointers.baseAddress
                    layer.convolution.residual_stride = Int(outputChannels)
                }
                if projects { set(&project) } else { set(&depthwise) }
                var values = expand.run(inputs, plain(test, first))
                values = values.map { $0.map(BFloat16ConvolutionTests.rounded) }
                values = depthwise.run(values, plain(test, shape))
                if projects { values = project.run(values, plain(test, last)) }

                var filtering = depthwise.convolution
                filtering.packed = UnsafeRawPointer(packed.address)
                var bottleneck = ck_bottleneck(
                    expand_method: expand.method.value, depthwise_method: filter.value,
                    project_method: projects ? project.method.value : nil, expand: expand.convolution,
                    depthwise: filtering, project: project.convolution)
                var whole = plain(test, last)
                whole.shape.input_height = shape.input_height
                whole.shape.input_width = columns
                whole.shape.input_channels = inputChannels
                whole.inputStride = Int(inputChannels)
                var cut = whole
                cut.cuts = [Int64(shape.output_height / 2 * shape.output_width)]
                let scratch = ck_bottleneck_scratch_size(isa, &bottleneck)
                let found = whole.run(inputs: inputs, canary: 0, scratchBytes: scratch) {
                    ck_bottleneck_run(isa, &bottleneck, $0)
                }
                let parts = cut.run(inputs: inputs, canary: 0, scratchBytes: scratch) {
                    ck_bottleneck_run(isa, &bottleneck, $0)
                }
                let name = String(cString: ck_isa_description(isa))
                #expect(found == parts, "\(name), parts differ from the whole: \(test)")
                var difference = 0.0, norm = 1e-30
                for (expected, found) in zip(values.joined(), found.joined()) {
                    difference += Double(expected - found) * Double(expected - found)
                    norm += Double(expected) * Double(expected)
                }
                #expect((difference / norm).squareRoot() < 1e-3, "\(name), \(difference / norm): \(test)")
            }
            withExtendedLifetime((guarded, packed, expand, depthwise, project)) {}
        }
    }

    /// In bfloat16 the scaled inputs are what is rounded.
    @Test(.enabled(if: hasBFloat16, "no instruction set here joins steps in bfloat16"), arguments: 0..<40)
    func scaledChannelsInBFloat16(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(8500 + seed))
        var range = CaseRange(kernels: [1], dilations: 1...1, strides: 1...1, isSquare: true)
        if seed % 4 == 0 { range.extents = 1...1 }
        range.outputChannels = 1...150
        var test = WindowCase(range, using: &generator)
        test.shape = Self.pointwise(
            test.shape.input_height, test.shape.input_width, test.shape.input_channels, test.shape.output_channels)
        let weights = randomFloats(test.inputChannels * test.outputChannels, using: &generator)
        let bias = randomFloats(test.outputChannels, using: &generator)
        let inputs = (0..<test.batch).map { _ in randomFloats(test.inputCount, using: &generator) }
        let scales = (0..<test.batch).map { _ in randomFloats(test.inputChannels, using: &generator) }
        let scaled = zip(inputs, scales).map { input, scale in
            input.enumerated().map { index, value in
                let channel = index % test.inputStride
                return channel < scale.count ? value * scale[channel] : value
            }
        }
        let guarded = scales.map { GuardedBuffer($0, filler: 0) }
        let pointers = guarded.map { UnsafeRawPointer($0.address) as UnsafeRawPointer? }
        for (isa, element) in Self.arithmetics where element == CK_ELEMENT_BF16 {
            let layer = Layer(isa, test.shape, element, CK_ACTIVATION_RELU, weights: weights, bias: bias)
            var convolution = layer.convolution
            let method = layer.method
            let found = pointers.withUnsafeBufferPointer { pointers in
                test.run(
                    inputs: inputs, canary: 77, scratchBytes: method.scaledScratchSize, blocks: method.division.blocks
                ) { method.runScaled(&convolution, pointers.baseAddress, $0) }
            }
            let expected = test.run(inputs: scaled, canary: 77, method) { method.run(&convolution, $0) }
            #expect(found == expected, "\(method.label): \(test)")
            withExtendedLifetime(layer) {}
        }
        withExtendedLifetime(guarded) {}
    }

    /// Scaled weights are scaled inputs but for the rounding of a product.
    @Test(arguments: 0..<40)
    func scaledChannels(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(8000 + seed))
        var range = CaseRange(kernels: [1], dilations: 1...1, strides: 1...1, isSquare: true)
        if seed % 4 == 0 { range.extents = 1...1 }
        range.outputChannels = 1...150
        var test = WindowCase(range, using: &generator)
        test.shape = Self.pointwise(
            test.shape.input_height, test.shape.input_width, test.shape.input_channels, test.shape.output_channels)
        let weights = randomFloats(test.inputChannels * test.outputChannels, using: &generator)
        let bias = randomFloats(test.outputChannels, using: &generator)
        let inputs = (0..<test.batch).map { _ in randomFloats(test.inputCount, using: &generator) }
        let scales = (0..<test.batch).map { _ in randomFloats(test.inputChannels, using: &generator) }
        let activation = oneOf(allActivations, using: &generator)
        test.cuts = [Int64.random(in: 0...Int64(test.batch * test.outputPixels), using: &generator)]
        let guarded = scales.map { GuardedBuffer($0, filler: 0) }
        let pointers = guarded.map { UnsafeRawPointer($0.address) as UnsafeRawPointer? }
        for isa in availableIsas {
            let layer = Layer(isa, test.shape, CK_ELEMENT_F32, activation, weights: weights, bias: bias)
            var convolution = layer.convolution
            let method = layer.method
            let found = pointers.withUnsafeBufferPointer { pointers in
                test.run(
                    inputs: inputs, canary: 77, scratchBytes: method.scaledScratchSize, blocks: method.division.blocks
                ) { method.runScaled(&convolution, pointers.baseAddress, $0) }
            }
            for image in 0..<test.batch {
                for pixel in 0..<test.outputPixels {
                    for output in 0..<test.outputChannels {
                        var sum = Double(bias[output])
                        var magnitude = abs(sum) + 1
                        for channel in 0..<test.inputChannels {
                            let term =
                                Double(inputs[image][pixel * test.inputStride + channel])
                                * Double(scales[image][channel])
                                * Double(weights[output * test.inputChannels + channel])
                            sum += term
                            magnitude += abs(term)
                        }
                        let value = Double(found[image][pixel * test.outputStride + output])
                        #expect(
                            abs(value - referenceActivation(activation, sum)) <= 1.5e-5 * magnitude,
                            "\(method.label): \(test)")
                    }
                }
            }
            withExtendedLifetime(layer) {}
        }
        withExtendedLifetime(guarded) {}
    }
}
