import Images
import Platform
import Testing

/// Antialiased bytes are those of Pillow 13.0, which answered what the hashes are of. The pictures are `OpenCVResizeTests`':
/// ```python
/// import numpy as np
/// from PIL import Image
/// def picture(w, h):
///     x, y, c = np.arange(w)[None, :, None], np.arange(h)[:, None, None], np.arange(3)[None, None, :]
///     return ((((31 * x + 17 * y + 7 * x * y + 59 * c) * 197) >> 3) % 256).astype(np.uint8)
/// def fnv(data):
///     value = 0xCBF29CE484222325
///     for byte in data: value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
///     return f"{value:016x}"
/// for source, target in cases:
///     print(fnv(Image.fromarray(picture(*source)).resize(target, Image.BILINEAR).tobytes()))
/// ```
@Suite struct PillowResizeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var source: (Int, Int)
        var target: (Int, Int)
        var hash: String
        var testDescription: String { "\(source) to \(target)" }
    }

    static let cases = [
        Case(source: (640, 480), target: (300, 300), hash: "25c5158d72287f7d"),
        Case(source: (37, 21), target: (8, 8), hash: "c7eea6ea3ae71a99"),
        Case(source: (8, 8), target: (37, 21), hash: "88fdb900444d7b54"),
        Case(source: (300, 300), target: (300, 300), hash: "8cc0b9d2af2b91cd"),
        Case(source: (1, 50), target: (20, 20), hash: "dd59fff6a2102a21"),
        Case(source: (500, 333), target: (320, 240), hash: "4dbd7ed548c4ae80"),
        Case(source: (1000, 7), target: (3, 7), hash: "2c9806e80ff368c2"),
        Case(source: (9, 7), target: (1, 1), hash: "82bd0c1a7f9407db"),
        // Rows first.
        Case(source: (31, 400), target: (64, 32), hash: "0d7d58082dd7cfb3"),
        Case(source: (427, 640), target: (300, 300), hash: "c9102e6a6676da5b"),
        Case(source: (300, 500), target: (297, 40), hash: "3a025003bb4475fe"),
    ]

    @Test(arguments: cases)
    func `the bytes are Pillow's`(_ shape: Case) {
        let image = OpenCVResizeTests.picture(shape.source.0, shape.source.1)
        let resampler = Resampler(width: shape.target.0, height: shape.target.1, filter: .antialiased)
        let bytes = resampler.resample(image).pixels
        #expect(OpenCVResizeTests.hash(bytes) == shape.hash)
        // In another order, and as floats.
        var reversed = bytes
        reversed.withUnsafeMutableBufferPointer { resampler.resample(image, order: .bgr, into: $0) }
        #expect(bytes.indices.allSatisfy { reversed[$0] == bytes[$0 - $0 % 3 + 2 - $0 % 3] })
        let normalization = PixelNormalization(order: .bgr, scale: SIMD3(0.5, 1, 2), bias: SIMD3(-1, 0, 3))
        var floats = [Float](repeating: 0, count: bytes.count)
        floats.withUnsafeMutableBufferPointer { resampler.resample(image, normalization: normalization, into: $0) }
        for (index, byte) in reversed.enumerated() {
            #expect(floats[index] == Float(byte) * normalization.scale[index % 3] + normalization.bias[index % 3])
        }
    }

    @Test func `a picture that is very long is resampled by the four nearest`() {
        let image = PixelImage(width: 70_000, height: 1, filledWith: SIMD3(1, 2, 3))
        let (plain, other) = (Resampler(width: 30, height: 2), Resampler(width: 30, height: 2, filter: .antialiased))
        #expect(plain.resample(image) == other.resample(image))
        let normalization = PixelNormalization(order: .rgb, scale: .one, bias: .zero)
        var floats = [Float](repeating: 0, count: 180)
        floats.withUnsafeMutableBufferPointer { other.resample(image, normalization: normalization, into: $0) }
        #expect(floats == plain.resample(image).pixels.map(Float.init))
    }
}
