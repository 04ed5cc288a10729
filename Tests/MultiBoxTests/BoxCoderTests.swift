import MultiBox
import TestSupport
import Testing

/// Encoding, decoding and what implementations do differently.
@Suite struct BoxCoderTests {
    @Test(arguments: [BoxCoder.ssd, .torchvision, .tflite])
    func decodingIsTheInverseOfEncoding(_ coder: BoxCoder) throws {
        var generator = SeededGenerator(seed: 4)
        func uniform(_ range: ClosedRange<Float>) -> Float { .random(in: range, using: &generator) }
        for _ in 0..<500 {
            let truth = CenterBox(cx: uniform(0...1), cy: uniform(0...1), w: uniform(0.01...1), h: uniform(0.01...1))
            let box = CenterBox(cx: uniform(0...1), cy: uniform(0...1), w: uniform(0.05...1), h: uniform(0.05...1))
            let offsets = try #require(coder.encode(truth, relativeTo: box))
            let decoded = CenterBox(coder.decode(offsets, relativeTo: box))
            for (a, b) in [(decoded.cx, truth.cx), (decoded.cy, truth.cy), (decoded.w, truth.w), (decoded.h, truth.h)] {
                #expect(abs(a - b) < 2e-6)
            }
        }
    }

    @Test func workedByHand() throws {
        let box = CenterBox(cx: 0.5, cy: 0.5, w: 0.5, h: 0.25)
        let truth = CenterBox(cx: 0.55, cy: 0.475, w: 0.5 * 2.718_281_8, h: 0.25)
        // (0.05 / 0.5) / 0.1 = 1, (−0.025 / 0.25) / 0.1 = −1, ln e / 0.2 = 5, 0.
        let offsets = try #require(BoxCoder.ssd.encode(truth, relativeTo: box))
        for (a, b) in zip([offsets.x, offsets.y, offsets.z, offsets.w], [1, -1, 5, 0] as [Float]) {
            #expect(abs(a - b) < 2e-6)
        }
        // TFLite's order is y, x, h, w.
        let tflite = try #require(BoxCoder.tflite.encode(truth, relativeTo: box))
        for (a, b) in zip([tflite.x, tflite.y, tflite.z, tflite.w], [-1, 1, 0, 5] as [Float]) {
            #expect(abs(a - b) < 2e-6)
        }
    }

    @Test func torchvisionLimitsSizesAndCaffeDoesNot() {
        let box = CenterBox(cx: 0.5, cy: 0.5, w: 1, h: 1)
        let offsets = SIMD4<Float>(0, 0, 30, 2000)
        let limited = BoxCoder.torchvision.decode(offsets, relativeTo: box)
        #expect(abs(limited.width - 62.5) < 1e-3)
        #expect(abs(limited.height - 62.5) < 1e-3)
        let free = BoxCoder.ssd.decode(offsets, relativeTo: box)
        #expect(abs(free.width - 403.4288) < 1e-2)
        #expect(!free.isFinite)
    }

    @Test func aTruthWithoutExtentHasNoCode() {
        let box = CenterBox(cx: 0.5, cy: 0.5, w: 1, h: 1)
        for truth in [
            CenterBox(cx: 0.5, cy: 0.5, w: 0, h: 1), CenterBox(cx: 0.5, cy: 0.5, w: 1, h: -1),
            CenterBox(cx: .nan, cy: 0.5, w: 1, h: 1), CenterBox(cx: 0.5, cy: 0.5, w: .infinity, h: 1),
        ] {
            #expect(BoxCoder.ssd.encode(truth, relativeTo: box) == nil)
        }
        let flat = CenterBox(cx: 0.5, cy: 0.5, w: 0, h: 1)
        #expect(BoxCoder.ssd.encode(CenterBox(cx: 0.4, cy: 0.5, w: 1, h: 1), relativeTo: flat) == nil)
    }

    @Test(arguments: [Float(0), -1, .nan, .infinity])
    func factorsFromFilesAreChecked(_ value: Float) {
        let boxes = [CenterBox(cx: 0.5, cy: 0.5, w: 1, h: 1)]
        let coder = BoxCoder(scaling: .divisors(Variances(x: 10, y: 10, width: value, height: 5)))
        #expect(throws: MultiBoxError.self) {
            try DetectionOutput(configuration: .init(classCount: 2), coder: coder, defaultBoxes: boxes)
        }
    }
}
