import CKernels
import TestSupport
import Testing

@Suite("Pools: every instruction set gives what the definition says")
struct PoolTests {
    @Test(arguments: 0..<60)
    func randomWindows(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var range = CaseRange(keepsChannels: true)
        (range.inputChannels, range.kernels, range.dilations, range.windowsMeetImage) = (
            1...150, [2, 3, 7, 13], 1...1, true
        )
        let test = WindowCase(range, using: &generator)
        let channels = test.outputChannels
        let bytes = (0..<test.batch).map { _ in randomBytes(test.inputCount, using: &generator) }
        let floats = (0..<test.batch).map { _ in randomFloats(test.inputCount, using: &generator) }
        let blank = [Float](repeating: 0, count: test.outputPixels * channels)
        var maxBytes = [[UInt8]](repeating: .init(repeating: 0, count: blank.count), count: test.batch)
        var averageBytes = maxBytes
        var maxFloats = [[Float]](repeating: blank, count: test.batch)
        var sums = [[Double]](repeating: .init(repeating: 0, count: blank.count), count: test.batch)
        var counts = [Int](repeating: 0, count: test.outputPixels)
        test.forEachWindow { image, pixel, taps in
            counts[pixel] = taps.count
            for channel in 0..<channels {
                let at = pixel * channels + channel
                let sources = taps.map { $0.input * test.inputStride + channel }
                maxBytes[image][at] = sources.map { bytes[image][$0] }.max() ?? 0
                let sum = sources.reduce(0) { $0 + Int(bytes[image][$1]) }
                averageBytes[image][at] = UInt8((sum + taps.count / 2) / taps.count)
                maxFloats[image][at] = sources.map { floats[image][$0] }.max() ?? 0
                sums[image][at] = sources.reduce(0.0) { $0 + Double(floats[image][$1]) }
            }
        }
        for isa in availableIsas {
            var shape = test.shape
            let name = String(cString: ck_isa_description(isa))
            let most = test.run(inputs: bytes, canary: 0xC3, scratchBytes: 0) { ck_max_pool_u8(isa, &shape, $0) }
            #expect(most == maxBytes.map { test.laidOut($0, canary: 0xC3) }, "\(name), max u8: \(test)")
            let mean = test.run(inputs: bytes, canary: 0xC3, scratchBytes: 0) { ck_average_pool_u8(isa, &shape, $0) }
            #expect(mean == averageBytes.map { test.laidOut($0, canary: 0xC3) }, "\(name), average u8: \(test)")
            let largest = test.run(inputs: floats, canary: 9, scratchBytes: 0) { ck_max_pool_f32(isa, &shape, $0) }
            #expect(largest == maxFloats.map { test.laidOut($0, canary: 9) }, "\(name), max f32: \(test)")
            for countsPadding in [false, true] {
                let averages = test.run(inputs: floats, canary: 9, scratchBytes: 0) {
                    ck_average_pool_f32(isa, &shape, countsPadding ? 1 : 0, $0)
                }
                var isRight = true
                for image in 0..<test.batch {
                    let values = (0..<blank.count).map { at in
                        Float(sums[image][at] / Double(countsPadding ? test.taps : counts[at / channels]))
                    }
                    for (got, want) in zip(averages[image], test.laidOut(values, canary: 9)) {
                        isRight = isRight && abs(got - want) <= 1e-5
                    }
                }
                #expect(isRight, "\(name), average f32, counting padding \(countsPadding): \(test)")
            }
        }
    }

    /// Exact where the quotient is just below or at a half: windows of one value and of two.
    @Test func averageOfManyBytes() {
        for side in [7, 19, 300] as [Int32] {
            var generator = SeededGenerator(seed: UInt64(side))
            let count = Int(side * side)
            let values = (0..<count * 3).map { _ in UInt8.random(in: 253...255, using: &generator) }
            var shape = ck_convolution_shape(
                input_height: side, input_width: side, input_channels: 3, output_height: 1, output_width: 1,
                output_channels: 3, kernel_height: side, kernel_width: side, stride_y: 1, stride_x: 1, dilation_y: 1,
                dilation_x: 1, padding_top: 0, padding_left: 0)
            var test = WindowCase(CaseRange(), using: &generator)
            (test.shape, test.batch, test.inputStride, test.outputStride, test.cuts) = (shape, 1, 3, 3, [])
            let expected = (0..<3).map { channel in
                UInt8(
                    (stride(from: channel, to: values.count, by: 3).reduce(count / 2) { $0 + Int(values[$1]) }) / count)
            }
            for isa in availableIsas {
                let got = test.run(inputs: [values], canary: 0, scratchBytes: 0) { ck_average_pool_u8(isa, &shape, $0) }
                #expect(got == [expected], "\(String(cString: ck_isa_description(isa))), \(side)×\(side)")
            }
        }
    }
}
