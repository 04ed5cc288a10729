import CKernels
import TestSupport
import Testing

@Suite("Batch normalization in training: every instruction set is within rounding of loops in double precision")
struct NormalizationTests {
    private static let activations = [
        CK_ACTIVATION_NONE, CK_ACTIVATION_RELU, CK_ACTIVATION_RELU6, CK_ACTIVATION_HARD_SWISH,
    ]

    private static func value(_ activation: ck_activation, _ z: Double) -> Double {
        switch activation {
        case CK_ACTIVATION_RELU: max(z, 0)
        case CK_ACTIVATION_RELU6: min(max(z, 0), 6)
        case CK_ACTIVATION_HARD_SWISH: z * min(max(z + 3, 0), 6) / 6
        default: z
        }
    }

    private static func slope(_ activation: ck_activation, _ z: Double) -> Double {
        switch activation {
        case CK_ACTIVATION_RELU: z > 0 ? 1 : 0
        case CK_ACTIVATION_RELU6: z > 0 && z < 6 ? 1 : 0
        case CK_ACTIVATION_HARD_SWISH: z < 3 ? (z > -3 ? (2 * z + 3) / 6 : 0) : 1
        default: 1
        }
    }

    /// Numbers around whole numbers and a half, so that no rounding takes z over a bend of an activation.
    private static func numbers(_ count: Int, using generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in
            Float(Int.random(in: -9...8, using: &generator)) + Float.random(in: 0.3...0.7, using: &generator)
        }
    }

    @Test(arguments: 0..<40)
    func `everything is what its formula says`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) + 300)
        let channels = oneOf([1, 3, 4, 8, 15, 16, 17, 33, 64, 70, 130], using: &generator)
        let pixels = oneOf([1, 2, 63, 256], using: &generator)
        let activation = Self.activations[seed % 4]
        let x = Self.numbers(pixels * channels, using: &generator)
        let gradient = randomFloats(pixels * channels, using: &generator)
        let factors = (0..<channels).map { _ in oneOf([Float(1), -1], using: &generator) }
        let summands = (0..<channels).map { _ in Float(Int.random(in: -2...2, using: &generator)) }
        let means = randomFloats(channels, using: &generator)
        let meanGradients = randomFloats(channels, using: &generator)
        let slopes = randomFloats(channels, using: &generator)
        for isa in availableIsas {
            var (sums, squares) = (
                [Float](repeating: .nan, count: channels), [Float](repeating: .nan, count: channels)
            )
            var (deltas, products) = (sums, squares)
            var (y, result) = ([Float](repeating: .nan, count: x.count), gradient)
            ck_normalization_f32_moments(isa, x, Int64(pixels), Int32(channels), &sums, &squares)
            factors.withUnsafeBufferPointer { factors in
                summands.withUnsafeBufferPointer { summands in
                    var layer = ck_normalization_f32(
                        channels: Int32(channels), activation: activation, factors: factors.baseAddress,
                        summands: summands.baseAddress)
                    ck_normalization_f32_run(isa, &layer, x, Int64(pixels), &y, 0)
                    let streamed = GuardedBuffer<Float>(count: y.count, filledWith: .nan, alignment: 64)
                    ck_normalization_f32_run(
                        isa, &layer, x, Int64(pixels), streamed.elements.baseAddress, 1)
                    #expect(streamed.elements.elementsEqual(y), "by the caches it is the same")
                    ck_normalization_f32_gradient_sums(
                        isa, &layer, x, gradient, means, Int64(pixels), &deltas, &products)
                    result.withUnsafeMutableBufferPointer { result in
                        // In place, as training does it.
                        ck_normalization_f32_gradient(
                            isa, &layer, x, result.baseAddress, means, meanGradients, slopes, Int64(pixels),
                            result.baseAddress)
                    }
                }
            }
            for c in 0..<channels {
                var (sum, square, delta, product, size) = (0.0, 0.0, 0.0, 0.0, 1e-6)
                for pixel in 0..<pixels {
                    let at = pixel * channels + c
                    let value = Double(x[at])
                    let difference = value - Double(x[c])
                    sum += difference
                    square += difference * difference
                    let z = Double(factors[c]) * value + Double(summands[c])
                    let d = Double(gradient[at]) * Self.slope(activation, z)
                    delta += d
                    product += d * (value - Double(means[c]))
                    size += abs(d) * 20 + square
                    #expect(abs(Double(y[at]) - Self.value(activation, z)) < 1e-5)
                    let expected =
                        Double(factors[c])
                        * (d - Double(meanGradients[c]) - (value - Double(means[c])) * Double(slopes[c]))
                    #expect(abs(Double(result[at]) - expected) < 1e-5)
                }
                let name = "\(String(cString: ck_isa_name(isa))), channel \(c) of \(channels), \(pixels) pixels"
                #expect(abs(Double(sums[c]) - sum) < 1e-5 * size, "\(name)")
                #expect(abs(Double(squares[c]) - square) < 1e-5 * size, "\(name)")
                #expect(abs(Double(deltas[c]) - delta) < 1e-5 * size, "\(name)")
                #expect(abs(Double(products[c]) - product) < 1e-5 * size, "\(name)")
            }
        }
    }
}
