import CKernels
import TestSupport
import Testing

@Suite(
    "The gradients of depthwise layers: every instruction set is within rounding of a naive loop in double precision")
struct DepthwiseGradientTests {
    @Test(arguments: 0..<60)
    func gradients(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 90)
        var range = CaseRange()
        range.keepsChannels = true
        range.dilations = seed % 4 == 0 ? 1...3 : 1...1
        if seed % 3 == 0 { (range.kernels, range.isSquare) = ([3, 5], true) }
        if seed % 6 == 1 { (range.inputChannels, range.extents) = (60...110, 10...30) }
        let layer = WindowCase(range, using: &generator)
        var shape = layer.shape
        let images = layer.batch
        let channels = Int(shape.input_channels)
        let inputSize = Int(shape.input_height * shape.input_width) * channels
        let outputSize = Int(shape.output_height * shape.output_width) * channels
        let taps = Int(shape.kernel_height * shape.kernel_width)
        let input = randomFloats(images * inputSize, using: &generator)
        let delta = randomFloats(images * outputSize, using: &generator)
        let weights = randomFloats(taps * channels, using: &generator)
        let before = randomFloats(images * inputSize, using: &generator)
        let accumulates = seed % 2
        let expected = reference(
            shape, input, delta, weights, before: accumulates == 1 ? before : before.map { _ in 0 }, images: images)
        let rows = Int64(images) * Int64(shape.input_height)
        let cut = Int64.random(in: 0...rows, using: &generator)
        for isa in availableIsas {
            let name = String(cString: ck_isa_name(isa))
            let map = GuardedBuffer(delta, filler: 0)
            let gradient = GuardedBuffer(accumulates == 1 ? before : before.map { _ in Float.nan }, filler: 0)
            for part in [0..<cut, cut..<rows] {
                ck_depthwise_input_gradient_f32(
                    isa, &shape, weights, map.elements.baseAddress, part.lowerBound, part.upperBound,
                    gradient.elements.baseAddress, Int32(accumulates))
            }
            check(Array(gradient.elements), expected.input, "input, \(name): \(layer)")
            var sums = [Float](repeating: 0, count: taps * channels)
            for image in 0..<images {
                let part = GuardedBuffer<Float>(count: taps * channels, filledWith: .nan)
                let source = GuardedBuffer(
                    Array(input[image * inputSize..<(image + 1) * inputSize]), filler: 0)
                ck_depthwise_weight_gradient_f32(
                    isa, &shape, source.elements.baseAddress, map.elements.baseAddress.map { $0 + image * outputSize },
                    part.elements.baseAddress)
                for index in sums.indices { sums[index] += part.elements[index] }
            }
            check(sums, expected.weights, "weights, \(name): \(layer)")
        }
    }

    /// A sum, and the sum of its terms' magnitudes.
    private struct Sum {
        var value = 0.0
        var magnitude = 0.0

        mutating func add(_ term: Double) {
            value += term
            magnitude += abs(term)
        }
    }

    private func check(_ found: [Float], _ expected: [Sum], _ what: String) {
        #expect(found.count == expected.count)
        let wrong = found.indices.first {
            !(abs(Double(found[$0]) - expected[$0].value) <= 2e-6 * expected[$0].magnitude + 1e-6)
        }
        #expect(wrong == nil, "\(what) at \(wrong ?? 0)")
    }

    private func reference(
        _ shape: ck_convolution_shape, _ input: [Float], _ delta: [Float], _ weights: [Float], before: [Float],
        images: Int
    ) -> (input: [Sum], weights: [Sum]) {
        let (height, width, channels) = (Int(shape.input_height), Int(shape.input_width), Int(shape.input_channels))
        let (rows, columns) = (Int(shape.output_height), Int(shape.output_width))
        var sums = [Sum](repeating: Sum(), count: weights.count)
        var gradient = before.map { Sum(value: Double($0), magnitude: abs(Double($0))) }
        for image in 0..<images {
            for row in 0..<rows {
                for column in 0..<columns {
                    for ky in 0..<Int(shape.kernel_height) {
                        let y = row * Int(shape.stride_y) + ky * Int(shape.dilation_y) - Int(shape.padding_top)
                        guard (0..<height).contains(y) else { continue }
                        for kx in 0..<Int(shape.kernel_width) {
                            let x = column * Int(shape.stride_x) + kx * Int(shape.dilation_x) - Int(shape.padding_left)
                            guard (0..<width).contains(x) else { continue }
                            let pixel = ((image * height + y) * width + x) * channels
                            let output = ((image * rows + row) * columns + column) * channels
                            let tap = (ky * Int(shape.kernel_width) + kx) * channels
                            for c in 0..<channels {
                                let slope = Double(delta[output + c])
                                sums[tap + c].add(slope * Double(input[pixel + c]))
                                gradient[pixel + c].add(slope * Double(weights[tap + c]))
                            }
                        }
                    }
                }
            }
        }
        return (gradient, sums)
    }
}
