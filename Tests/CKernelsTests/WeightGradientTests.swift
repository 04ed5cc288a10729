import CKernels
import TestSupport
import Testing

@Suite("The gradient of weights: every instruction set is within rounding of a naive loop in double precision")
struct WeightGradientTests {
    @Test(arguments: 0..<60)
    func gradient(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 7)
        var range = CaseRange()
        range.dilations = 1...1
        if seed % 4 == 0 { range.dilations = 1...3 }
        // Maps that take several chunks and groups of lines.
        if seed % 10 == 1 { (range.inputChannels, range.outputChannels, range.extents) = (90...110, 30...40, 40...60) }
        // By Winograd's method: several blocks of terms, groups of channels and chunks of tiles.
        if seed % 5 == 2 {
            (range.kernels, range.strides, range.isSquare) = ([3], 1...1, true)
            (range.inputChannels, range.outputChannels, range.extents) = (20...130, 20...150, 3...18)
            // Several groups of terms too.
            if seed % 2 == 0 {
                (range.inputChannels, range.outputChannels, range.extents) = (140...330, 20...280, 3...9)
            }
        }
        var layer = WindowCase(range, using: &generator)
        // Of few channels many: the roles of input and output are exchanged.
        if seed % 10 == 3 {
            let (side, inputs) = (
                Int32.random(in: 1...30, using: &generator), Int32.random(in: 1...31, using: &generator)
            )
            layer.shape = ck_convolution_shape(
                input_height: side, input_width: side + 1, input_channels: inputs, output_height: side,
                output_width: side + 1, output_channels: inputs + Int32.random(in: 1...150, using: &generator),
                kernel_height: 1, kernel_width: 1, stride_y: 1, stride_x: 1, dilation_y: 1, dilation_x: 1,
                padding_top: 0, padding_left: 0)
        }
        var shape = layer.shape
        let images = layer.batch
        let inputCount = Int(shape.input_height * shape.input_width * shape.input_channels)
        let outputCount = Int(shape.output_height * shape.output_width * shape.output_channels)
        let input = randomFloats(images * inputCount, using: &generator)
        let delta = randomFloats(images * outputCount, using: &generator)
        let (expected, magnitudes) = reference(shape, input, delta, images: images)
        var bounds = magnitudes
        if seed % 5 == 2 {
            // Winograd's rounding is relative to all that a kernel's gradient sees, not to what one of its taps does.
            let (taps, channels) = (9, Int(shape.input_channels))
            for index in bounds.indices {
                let first = index / (taps * channels) * taps * channels + index % channels
                bounds[index] = (0..<taps).reduce(0) { max($0, magnitudes[first + $1 * channels]) }
            }
        }
        for isa in availableIsas {
            let tiles = ck_weight_gradient_f32_tiles(isa, &shape)
            let cut = Int64.random(in: 0...tiles, using: &generator)
            var gradient = [Float](repeating: .nan, count: expected.count)
            let scratch = UnsafeMutableRawPointer.allocate(
                byteCount: ck_weight_gradient_f32_scratch_size(isa, &shape), alignment: 64)
            defer { scratch.deallocate() }
            for part in [0..<cut, cut..<tiles] where !part.isEmpty {
                ck_weight_gradient_f32_run(
                    isa, &shape, input, delta, Int32(images), part.lowerBound, part.upperBound, &gradient, scratch)
            }
            let wrong = gradient.indices.first { !(abs(Double(gradient[$0]) - expected[$0]) <= bounds[$0]) }
            #expect(wrong == nil, "\(String(cString: ck_isa_name(isa))) at \(wrong ?? 0): \(layer)")
        }
    }

    /// The sums, and how far from them single precision may be: a millionth of the sum of the magnitudes.
    private func reference(
        _ shape: ck_convolution_shape, _ input: [Float], _ delta: [Float], images: Int
    ) -> (sums: [Double], bounds: [Double]) {
        let (height, width, channels) = (Int(shape.input_height), Int(shape.input_width), Int(shape.input_channels))
        let (rows, columns) = (Int(shape.output_height), Int(shape.output_width))
        let outputs = Int(shape.output_channels)
        let (kernelRows, kernelColumns) = (Int(shape.kernel_height), Int(shape.kernel_width))
        var sums = [Double](repeating: 0, count: outputs * kernelRows * kernelColumns * channels)
        var bounds = [Double](repeating: 1e-6, count: sums.count)
        for image in 0..<images {
            for row in 0..<rows {
                for column in 0..<columns {
                    for ky in 0..<kernelRows {
                        let y = row * Int(shape.stride_y) + ky * Int(shape.dilation_y) - Int(shape.padding_top)
                        guard (0..<height).contains(y) else { continue }
                        for kx in 0..<kernelColumns {
                            let x = column * Int(shape.stride_x) + kx * Int(shape.dilation_x) - Int(shape.padding_left)
                            guard (0..<width).contains(x) else { continue }
                            let pixel = ((image * height + y) * width + x) * channels
                            let output = ((image * rows + row) * columns + column) * outputs
                            for o in 0..<outputs {
                                let at = ((o * kernelRows + ky) * kernelColumns + kx) * channels
                                for c in 0..<channels {
                                    let product = Double(input[pixel + c]) * Double(delta[output + o])
                                    sums[at + c] += product
                                    bounds[at + c] += abs(product) * 2e-6
                                }
                            }
                        }
                    }
                }
            }
        }
        return (sums, bounds)
    }
}
