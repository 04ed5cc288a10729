import CKernels
import Foundation
import TestSupport
import Testing

/// Lengths around every vector's, and longer.
private let lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 91, 130, 1001]

@Suite("Element-wise kernels and rows: every instruction set, every tail")
struct ElementwiseTests {
    /// Runs a kernel from guarded memory to guarded memory.
    private func mapped<In: BitwiseCopyable, Out: BitwiseCopyable>(
        _ input: [In], filler: In, into canary: Out, _ kernel: (UnsafePointer<In>, UnsafeMutablePointer<Out>) -> Void
    ) -> [Out] {
        let source = GuardedBuffer(input, filler: filler)
        let sink = GuardedBuffer(count: input.count, filledWith: canary)
        guard let from = source.elements.baseAddress, let to = sink.elements.baseAddress else { return [] }
        kernel(from, to)
        return withExtendedLifetime((source, sink)) { Array(sink.elements) }
    }

    @Test(arguments: allActivations, lengths)
    func activations(activation: ck_activation, count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        var values = (0..<count).map { _ in Float.random(in: -12...12, using: &generator) }
        if count > 20 { values.replaceSubrange(0..<6, with: [-80, 80, -3, 3, 0, 6]) }
        for isa in availableIsas {
            let got = mapped(values, filler: 0, into: 7 as Float) { ck_activation_f32(isa, activation, $0, $1, count) }
            let isRight = zip(values, got).allSatisfy { value, result in
                let expected = referenceActivation(activation, Double(value))
                return abs(Double(result) - expected) <= 2e-6 * abs(expected) + (abs(value) > 3 ? 2e-6 : 1e-6) * 0.5
                    && (activation != CK_ACTIVATION_SIGMOID || abs(Double(result) - expected) <= 1e-6 * expected)
            }
            #expect(isRight, "\(String(cString: ck_isa_name(isa))), activation \(activation.rawValue), \(count)")
        }
    }

    @Test func infinitiesStayFinite() {
        for isa in availableIsas {
            let extremes: [Float] = [-.infinity, .infinity, -1e30, 1e30, -100, 100, -87.4, 88.8]
            let sigmoids = mapped(extremes, filler: 0, into: 7 as Float) {
                ck_activation_f32(isa, CK_ACTIVATION_SIGMOID, $0, $1, extremes.count)
            }
            #expect(zip(extremes, sigmoids).allSatisfy { $0 > 0 ? $1 == 1 : $1 < 1e-30 })
            let softmax = mapped(extremes.map { max($0, -1e30) }.map { min($0, 1e30) }, filler: 0, into: 7 as Float) {
                ck_softmax_f32(isa, $0, $1, 1, extremes.count)
            }
            #expect(softmax.allSatisfy { $0.isFinite } && abs(softmax.reduce(0, +) - 1) < 1e-6)
        }
    }

    @Test(arguments: lengths)
    func arithmetic(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let a = randomFloats(count, using: &generator), b = randomFloats(count, using: &generator)
        let second = GuardedBuffer(b, filler: 0)
        for isa in availableIsas {
            let name = String(cString: ck_isa_name(isa))
            let other = try #require(second.elements.baseAddress)
            let sum = mapped(a, filler: 0, into: 7 as Float) {
                ck_add_f32(isa, CK_ACTIVATION_RELU, $0, other, $1, count)
            }
            #expect(sum == zip(a, b).map { max($0 + $1, 0) }, "\(name), \(count)")
            let product = mapped(a, filler: 0, into: 7 as Float) { ck_multiply_f32(isa, $0, other, $1, count) }
            #expect(product == zip(a, b).map { $0 * $1 }, "\(name), \(count)")
            // In place, as a plan does.
            let inPlace = GuardedBuffer(a, filler: 0)
            ck_add_f32(
                isa, CK_ACTIVATION_NONE, inPlace.elements.baseAddress, other, inPlace.elements.baseAddress, count)
            #expect(Array(inPlace.elements) == zip(a, b).map { $0 + $1 }, "\(name), \(count)")
        }
        withExtendedLifetime(second) {}
    }

    @Test(arguments: [1, 3, 8, 21, 64, 91])
    func rows(columns: Int) throws {
        var generator = SeededGenerator(seed: UInt64(columns))
        let pixels = 5
        let values = (0..<pixels * columns).map { _ in Float.random(in: -20...20, using: &generator) }
        let scale = (0..<columns).map { _ in Float.random(in: 1...20, using: &generator) }
        let guardedScale = GuardedBuffer(scale, filler: 0)
        let scales = try #require(guardedScale.elements.baseAddress)
        for isa in availableIsas {
            let name = String(cString: ck_isa_name(isa))
            let softmax = mapped(values, filler: 0, into: 7 as Float) { ck_softmax_f32(isa, $0, $1, pixels, columns) }
            let normalized = mapped(values, filler: 0, into: 7 as Float) {
                ck_l2_normalize_f32(isa, $0, scales, 1e-3, $1, pixels, columns)
            }
            let scaled = mapped(values, filler: 0, into: 7 as Float) {
                ck_scale_channels_f32(isa, $0, scales, $1, pixels, columns)
            }
            for pixel in 0..<pixels {
                let row = values[pixel * columns..<(pixel + 1) * columns].map(Double.init)
                let most = row.max() ?? 0
                let total = row.reduce(0) { $0 + exp($1 - most) }
                let length = (row.reduce(0) { $0 + $1 * $1 } + Double(Float(1e-3))).squareRoot()
                for (column, value) in row.enumerated() {
                    let at = pixel * columns + column
                    let probability = exp(value - most) / total
                    #expect(abs(Double(softmax[at]) - probability) <= 1e-5 * probability + 1e-30, "\(name), \(columns)")
                    let expected = Double(scale[column]) * value / length
                    #expect(abs(Double(normalized[at]) - expected) <= 1e-5 * abs(expected), "\(name), \(columns)")
                    #expect(scaled[at] == values[at] * scale[column], "\(name), \(columns)")
                }
            }
        }
        withExtendedLifetime(guardedScale) {}
    }

    @Test(arguments: lengths)
    func lookups(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let table = (0..<256).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let floats = randomFloats(256, using: &generator)
        for isa in availableIsas {
            let looked = mapped(bytes, filler: 0, into: 7 as UInt8) { ck_lookup_u8(isa, table, $0, $1, count) }
            #expect(looked == bytes.map { table[Int($0)] }, "\(String(cString: ck_isa_description(isa))), \(count)")
            let dequantized = mapped(bytes, filler: 0, into: 7 as Float) { ck_lookup_f32(isa, floats, $0, $1, count) }
            #expect(dequantized == bytes.map { floats[Int($0)] })
        }
    }

    @Test(arguments: lengths)
    func quantization(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        for (scale, zeroPoint) in [(Float(0.5), Int32(0)), (0.0078125, 128), (0.0235, 7), (1, 255)] {
            var values = (0..<count).map { _ in Float.random(in: -200...400, using: &generator) * scale }
            // Ties, the float just below a half, and what no byte holds.
            let edges: [Float] = [0.5, -0.5, 1.5, -2.5, 0.49999997, -0.49999997, 1e30, -1e30, .infinity, -.infinity]
            for index in 0..<min(count, edges.count) { values[index] = edges[index] * scale }
            let expected = values.map { value in
                let rounded = min(max(Double(value / scale), -1e6), 1e6).rounded(.toNearestOrAwayFromZero)
                return UInt8(min(max(rounded + Double(zeroPoint), 0), 255))
            }
            for isa in availableIsas {
                let got = mapped(values, filler: 0, into: 7 as UInt8) {
                    ck_quantize_u8(isa, scale, zeroPoint, $0, $1, count)
                }
                #expect(got == expected, "\(String(cString: ck_isa_name(isa))), \(count), scale \(scale)")
            }
        }
    }

    @Test(arguments: lengths)
    func quantizedAddition(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let a = randomBytes(count, using: &generator), b = randomBytes(count, using: &generator)
        func half() -> Int32 { Int32.random(in: 1 << 30...Int32.max, using: &generator) }
        for shift in [Int32(0), -1, -4] {
            var parameters = ck_add_u8_parameters(
                left_shift: 20, a_zero_point: Int32.random(in: 0...255, using: &generator), a_multiplier: half(),
                a_shift: shift, b_zero_point: Int32.random(in: 0...255, using: &generator), b_multiplier: half(),
                b_shift: -1, output_zero_point: 120, output_multiplier: half(), output_shift: -18, output_min: 20,
                output_max: 250, pair: ck_pair_sum_u8())
            let expected = referenceSums(a, b, parameters)
            let second = GuardedBuffer(b, filler: 0)
            for isa in availableIsas {
                let got = mapped(a, filler: 0, into: 7 as UInt8) {
                    ck_add_u8(isa, &parameters, $0, second.elements.baseAddress, $1, count)
                }
                #expect(got == expected, "\(String(cString: ck_isa_description(isa))), \(count), shift \(shift)")
            }
            withExtendedLifetime(second) {}
        }
    }

    private func referenceSums(_ a: [UInt8], _ b: [UInt8], _ p: ck_add_u8_parameters) -> [UInt8] {
        zip(a, b).map { a, b in
            let left = referenceScaled(
                (Int32(a) - p.a_zero_point) << 20, multiplier: p.a_multiplier, shift: p.a_shift)
            let right = referenceScaled(
                (Int32(b) - p.b_zero_point) << 20, multiplier: p.b_multiplier, shift: p.b_shift)
            let sum = referenceScaled(left &+ right, multiplier: p.output_multiplier, shift: p.output_shift)
            return UInt8(min(max(sum + p.output_zero_point, p.output_min), p.output_max))
        }
    }

    /// A sum in one step is that in three for all pairs of bytes, and is found for most parameters as networks have them.
    @Test func quantizedAdditionInOneStep() {
        var generator = SeededGenerator(seed: 1)
        let a = (0..<65536).map { UInt8($0 >> 8) }, b = (0..<65536).map { UInt8($0 & 255) }
        let second = GuardedBuffer(b, filler: 0)
        var found = 0
        for _ in 0..<12 {
            func multiplier() -> Int32 { Int32.random(in: 1 << 30...Int32.max, using: &generator) }
            var parameters = ck_add_u8_parameters(
                left_shift: 20, a_zero_point: Int32.random(in: 0...255, using: &generator), a_multiplier: 1 << 30,
                a_shift: 0, b_zero_point: Int32.random(in: 0...255, using: &generator), b_multiplier: multiplier(),
                b_shift: Int32.random(in: -4...(-1), using: &generator),
                output_zero_point: Int32.random(in: 0...255, using: &generator), output_multiplier: multiplier(),
                output_shift: -19, output_min: 0, output_max: 255, pair: ck_pair_sum_u8())
            ck_add_u8_prepare(&parameters)
            guard parameters.pair.shift != 0 else { continue }
            found += 1
            let expected = referenceSums(a, b, parameters)
            for isa in availableIsas {
                let got = mapped(a, filler: 0, into: 7 as UInt8) {
                    ck_add_u8(isa, &parameters, $0, second.elements.baseAddress, $1, a.count)
                }
                #expect(got == expected, "\(String(cString: ck_isa_description(isa)))")
            }
        }
        #expect(found >= 6)
        withExtendedLifetime(second) {}
    }

    @Test(arguments: lengths)
    func dequantization(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for (scale, zeroPoint) in [(0.0235, 0), (1 / 3, 255), (1e-3, 117)] as [(Float, Int32)] {
            let expected = bytes.map { scale * Float(Int32($0) - zeroPoint) }
            for isa in availableIsas {
                let got = mapped(bytes, filler: 0, into: 7 as Float) {
                    ck_dequantize_u8(isa, scale, zeroPoint, $0, $1, count)
                }
                #expect(got == expected, "\(String(cString: ck_isa_description(isa))), \(count)")
            }
        }
    }

    @Test(arguments: lengths)
    func quantizedChannelScaling(channels: Int) {
        var generator = SeededGenerator(seed: UInt64(channels))
        let pixels = 3
        for shift: Int32 in [-12, -7, 0, 1] {
            let values = (0..<pixels * channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let factors = (0..<channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var parameters = ck_scale_channels_u8_parameters(
                in_zero_point: Int32.random(in: 0...255, using: &generator),
                scale_zero_point: Int32.random(in: 0...255, using: &generator), output_zero_point: 77,
                multiplier: Int32.random(in: 1 << 30...Int32.max, using: &generator), shift: shift)
            let expected = values.enumerated().map { index, value in
                let p = parameters
                let product = (Int32(value) - p.in_zero_point) * (Int32(factors[index % channels]) - p.scale_zero_point)
                let scaled = referenceScaled(product, multiplier: p.multiplier, shift: p.shift)
                return UInt8(min(max(scaled + p.output_zero_point, 0), 255))
            }
            let second = GuardedBuffer(factors, filler: 0)
            for isa in availableIsas {
                let got = mapped(values, filler: 0, into: 7 as UInt8) {
                    ck_scale_channels_u8(isa, &parameters, $0, second.elements.baseAddress, $1, pixels, channels)
                }
                #expect(got == expected, "\(String(cString: ck_isa_description(isa))), \(channels), shift \(shift)")
            }
            withExtendedLifetime(second) {}
        }
    }
}
