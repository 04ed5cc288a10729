import Platform
import Images
import TestSupport
import Testing

@Suite struct ResamplerTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var source: (width: Int, height: Int)
        var target: (width: Int, height: Int)
        var testDescription: String { "\(source) to \(target)" }
    }

    static let cases: [Case] = {
        var random = SeededGenerator(seed: 11)
        var cases = [
            Case(source: (1, 1), target: (1, 1)), Case(source: (1, 1), target: (7, 5)),
            Case(source: (9, 7), target: (1, 1)), Case(source: (8, 8), target: (8, 8)),
            Case(source: (2, 3), target: (64, 48)), Case(source: (640, 480), target: (300, 300)),
            Case(source: (64, 48), target: (320, 240)), Case(source: (1, 50), target: (20, 20)),
            Case(source: (60, 40), target: (30, 20)), Case(source: (60, 36), target: (20, 12)),
        ]
        for _ in 0..<20 {
            func side() -> Int { Int.random(in: 1...90, using: &random) }
            cases.append(Case(source: (side(), side()), target: (side(), side())))
        }
        return cases
    }()

    static func noise(_ size: (width: Int, height: Int), seed: UInt64) -> PixelImage {
        var random = SeededGenerator(seed: seed)
        let pixels = (0..<size.width * size.height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        return PixelImage(width: size.width, height: size.height, pixels: pixels)
    }

    /// The definition in double precision, a pixel at a time: [height, width, 3], red first.
    static func reference(_ image: PixelImage, _ target: (width: Int, height: Int)) -> [Double] {
        var output: [Double] = []
        for y in 0..<target.height {
            for x in 0..<target.width {
                let sx = max(0, (Double(x) + 0.5) * Double(image.width) / Double(target.width) - 0.5)
                let sy = max(0, (Double(y) + 0.5) * Double(image.height) / Double(target.height) - 0.5)
                let (x0, y0) = (min(Int(sx), image.width - 1), min(Int(sy), image.height - 1))
                let (x1, y1) = (min(x0 + 1, image.width - 1), min(y0 + 1, image.height - 1))
                let (u, v) = (sx - Double(x0), sy - Double(y0))
                for channel in 0..<3 {
                    func value(_ x: Int, _ y: Int) -> Double { Double(image[x, y][channel]) }
                    let upper = value(x0, y0) * (1 - u) + value(x1, y0) * u
                    let lower = value(x0, y1) * (1 - u) + value(x1, y1) * u
                    output.append(upper * (1 - v) + lower * v)
                }
            }
        }
        return output
    }

    @Test(arguments: cases, ChannelOrder.allCases)
    func bytes(_ shape: Case, _ order: ChannelOrder) {
        let image = Self.noise(shape.source, seed: 3)
        let expected = FixedPointReference.resample(
            image, width: shape.target.width, height: shape.target.height, order: order)
        let guardByte: UInt8 = 0xA5
        var output = [UInt8](repeating: guardByte, count: expected.count + 2)
        output.withUnsafeMutableBufferPointer { buffer in
            Resampler(width: shape.target.width, height: shape.target.height)
                .resample(image, order: order, into: UnsafeMutableBufferPointer(rebasing: buffer[1..<buffer.count - 1]))
        }
        #expect(output.first == guardByte && output.last == guardByte)
        #expect([UInt8](output.dropFirst().dropLast()).firstDifference(from: expected) == nil)
    }

    /// Black and white next to each other are where sixteen bits are needed to the last.
    @Test(arguments: cases)
    func extremes(_ shape: Case) {
        var random = SeededGenerator(seed: 6)
        let pixels = (0..<shape.source.width * shape.source.height * 3).map { _ in Bool.random(using: &random) ? 255 : 0
        }
        let image = PixelImage(width: shape.source.width, height: shape.source.height, pixels: pixels.map(UInt8.init))
        let (width, height) = shape.target
        let expected = FixedPointReference.resample(image, width: width, height: height, order: .rgb)
        let output = Resampler(width: width, height: height).resample(image).pixels
        #expect(output.firstDifference(from: expected) == nil)
    }

    /// Every weight there is at these sizes, in a row and in a column.
    @Test(arguments: [300, 320, 4096])
    func anySourceSize(_ target: Int) {
        for size in [2, 3, 31, 240, 299, 301, 333, 427, 480, 500, 639, 640, 1080, 1920, 4095, 4097, 6000] {
            for isRow in [true, false] {
                let image = Self.noise(isRow ? (size, 1) : (1, size), seed: 7)
                let (width, height) = isRow ? (target, 1) : (1, target)
                let expected = FixedPointReference.resample(image, width: width, height: height, order: .rgb)
                let output = Resampler(width: width, height: height).resample(image).pixels
                #expect(output.firstDifference(from: expected) == nil, "\(image.size)")
            }
        }
    }

    @Test(arguments: cases, ChannelOrder.allCases)
    func floats(_ shape: Case, _ order: ChannelOrder) {
        let image = Self.noise(shape.source, seed: 4)
        let expected = Self.reference(image, shape.target)
        let normalization = PixelNormalization(
            order: order, mean: SIMD3(104, 117, 123), deviation: SIMD3(57.375, 58.395, 1))
        let guardValue: Float = 12345
        var output = [Float](repeating: guardValue, count: expected.count + 2)
        output.withUnsafeMutableBufferPointer { buffer in
            Resampler(width: shape.target.width, height: shape.target.height).resample(
                image, normalization: normalization,
                into: UnsafeMutableBufferPointer(rebasing: buffer[1..<buffer.count - 1]))
        }
        #expect(output.first == guardValue && output.last == guardValue)
        let mean = [104, 117, 123.0]
        let deviation = [57.375, 58.395, 1.0]
        for index in expected.indices {
            let channel = order == .rgb ? index : index - index % 3 + 2 - index % 3
            let exact = (expected[channel] - mean[index % 3]) / deviation[index % 3]
            // Relative to the range of the values: near zero the mean cancels the pixel.
            let scale = 255 / deviation[index % 3]
            if abs(Double(output[index + 1]) - exact) > 1e-5 * scale {
                Issue.record("\(index): \(output[index + 1]) instead of \(exact)")
            }
        }
    }

    /// Floats in bytes are what the bytes are, normalized.
    @Test(arguments: cases, ChannelOrder.allCases)
    func floatsInBytes(_ shape: Case, _ order: ChannelOrder) {
        let image = Self.noise(shape.source, seed: 8)
        let (width, height) = shape.target
        let bytes = FixedPointReference.resample(image, width: width, height: height, order: order)
        let normalization = PixelNormalization(
            order: order, scale: SIMD3(0.0078125, 0.5, 3), bias: SIMD3(-0.9921875, 0, 7))
        let guardValue: Float = 12345
        var output = [Float](repeating: guardValue, count: bytes.count + 2)
        output.withUnsafeMutableBufferPointer { buffer in
            Resampler(width: width, height: height).resample(
                image, normalization: normalization, inBytes: true,
                into: UnsafeMutableBufferPointer(rebasing: buffer[1..<buffer.count - 1]))
        }
        #expect(output.first == guardValue && output.last == guardValue)
        for (index, byte) in bytes.enumerated() {
            let expected = Float(byte) * normalization.scale[index % 3] + normalization.bias[index % 3]
            if output[index + 1] != expected { Issue.record("\(index): \(output[index + 1]), not \(expected)") }
        }
    }

    @Test func theSameSizeIsTheSamePicture() {
        let image = Self.noise((37, 21), seed: 5)
        #expect(Resampler(width: 37, height: 21).resample(image) == image)
    }
}
