import Networks
import Testing

struct QuantizationTests {
    @Test func `bytes and reals map back and forth`() throws {
        let quantization = try #require(Quantization(scale: 0.05, zeroPoint: 121))
        for byte in UInt8.min...UInt8.max { #expect(quantization.quantized(quantization.real(byte)) == byte) }
        #expect(quantization.quantized(.infinity) == 255)
        #expect(quantization.quantized(-.infinity) == 0)
        #expect(quantization.quantized(.nan) == 121)
    }

    @Test func `a scale or zero point that cannot be is refused`() {
        for scale in [0, -1, Float.infinity, .nan] { #expect(Quantization(scale: scale, zeroPoint: 0) == nil) }
        for zeroPoint in [-1, 256] { #expect(Quantization(scale: 1, zeroPoint: zeroPoint) == nil) }
    }
}
