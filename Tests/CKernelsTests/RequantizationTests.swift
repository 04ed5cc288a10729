import CKernels
import TestSupport
import Testing

/// The output stage alone: a 1×1 layer of one pixel whose weights are zero, so that each channel's sum is its bias.
@Suite("Requantization is TensorFlow Lite's, at ties, at both ends of 32 bits and for shifts of both signs")
struct RequantizationTests {
    private struct Channel {
        var sum: Int32, multiplier: Int32, shift: Int32
    }

    /// The shifts are those of the kernels' three ways.
    @Test(arguments: [(Int32(0), Int32(0)), (128, 0), (255, 0), (10, 10)], [Int32(-31)...30, -31...(-1), -22...(-2)])
    func edges(bounds: (zeroPoint: Int32, min: Int32), shifts: ClosedRange<Int32>) {
        var channels: [Channel] = []
        let multipliers: [Int32] = [0, 1, 1 << 30, (1 << 30) + 1, 0x6666_6666, .max - 1, .max]
        for shift in shifts {
            for multiplier in multipliers {
                // With a multiplier of 2^30, sums around odd multiples of 2^-shift are ties of one rounding or both.
                let step = Int32(truncatingIfNeeded: Int64(1) << Int64(-min(shift, 0)))
                let sums: [Int32] = [0, 1, -1, 3, -3, 255, -255, .max, .min, .max - 1, .min + 1]
                for base in [step, 3 &* step, 0 &- step, -3 &* step, 7 &* step] {
                    for offset in Int32(-2)...2 {
                        channels.append(Channel(sum: base &+ offset, multiplier: multiplier, shift: shift))
                    }
                }
                channels += sums.map { Channel(sum: $0, multiplier: multiplier, shift: shift) }
            }
        }
        verify(channels, zeroPoint: bounds.zeroPoint, min: bounds.min)
    }

    @Test(arguments: 0..<8)
    func randomSums(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let channels = (0..<4000).map { _ in
            let shift = Int32.random(in: -20...(seed % 2 == 0 ? -1 : 6), using: &generator)
            // Sums whose results spread over a byte and somewhat past it.
            let spread = Int64(600) << Int64(-min(shift, 0))
            return Channel(
                sum: Int32(clamping: Int64.random(in: -spread...spread, using: &generator)),
                multiplier: Int32.random(in: 1 << 29...Int32.max, using: &generator), shift: shift)
        }
        verify(channels, zeroPoint: 100, min: seed % 4 < 2 ? 0 : 100)
    }

    @Test func saturates() {
        #expect(referenceScaled(.min, multiplier: .max, shift: 5) == .min)
        #expect(referenceScaled(.max, multiplier: .max, shift: 5) == .max)
        let channels = [Int32.min, .max].map { Channel(sum: $0, multiplier: .max, shift: 5) }
        verify(channels + channels + channels, zeroPoint: 3, min: 0)
    }

    private func verify(_ channels: [Channel], zeroPoint: Int32, min least: Int32) {
        var generator = SeededGenerator(seed: 0)
        let count = channels.count
        var layer = QuantizedLayer(weightCount: 4 * count, terms: 4, channels: count, using: &generator)
        layer.weights = [Int8](repeating: 0, count: 4 * count)
        layer.bias = channels.map(\.sum)
        layer.multipliers = channels.map(\.multiplier)
        layer.shifts = channels.map(\.shift)
        layer.weightZeroPoint = 0
        (layer.outputZeroPoint, layer.outputMin, layer.outputMax) = (zeroPoint, least, 255)
        var test = WindowCase(CaseRange(), using: &generator)
        test.shape = ck_convolution_shape(
            input_height: 1, input_width: 1, input_channels: 4, output_height: 1, output_width: 1,
            output_channels: Int32(count), kernel_height: 1, kernel_width: 1, stride_y: 1, stride_x: 1, dilation_y: 1,
            dilation_x: 1, padding_top: 0, padding_left: 0)
        (test.batch, test.inputStride, test.outputStride, test.cuts) = (1, 4, count, [])
        let expected = (0..<count).map { layer.output(0, channel: $0) }
        for isa in availableIsas {
            let (outputs, label) = layer.run(isa, test, [[1, 2, 3, 4]])
            let wrong = (0..<count).filter { outputs[0][$0] != expected[$0] }
            #expect(
                wrong.isEmpty,
                """
                \(label): \(wrong.count) wrong, first \
                \(wrong.first.map { "\(channels[$0]): \(outputs[0][$0]), not \(expected[$0])" } ?? "")
                """)
        }
    }
}
