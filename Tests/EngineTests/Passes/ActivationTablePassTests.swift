import Networks
import Testing

struct ActivationTablePassTests {
    private static let before = ElementType.uint8(Quantization(scale: 0.05, zeroPoint: 120) ?? .unit)
    private static let after = ElementType.uint8(Quantization(scale: 0.02, zeroPoint: 10) ?? .unit)

    @Test func `a curve and its dequantization are one table`() throws {
        var c = try PassCase(element: Self.before)
        let curve = try c.builder.activation(c.builder.inputTensor, .sigmoid, element: Self.after, name: "curve")
        let floats = try c.builder.convert(curve, to: .float32, name: "floats")
        let outcome = try c.plan(outputs: [floats], tolerance: 1e-6)
        #expect(outcome.steps == ["floats"] && outcome.passes["activation tables"] == ["floats"] && outcome.isRight)
    }

    @Test func `the curve of an 8-bit convolution is looked up where its results lie`() throws {
        var c = try PassCase(element: Self.before)
        let sums = try c.bytes(c.builder.inputTensor, 24, Self.before, "convolution")
        let curve = try c.builder.activation(sums, .hardSwish, element: Self.after, name: "curve")
        let outcome = try c.plan(outputs: [curve], tolerance: 1e-6)
        #expect(outcome.steps == ["convolution+curve"] && outcome.isRight)
    }

    @Test func `a curve goes to its dequantization before it goes to its convolution`() throws {
        var c = try PassCase(element: Self.before)
        let sums = try c.bytes(c.builder.inputTensor, 24, Self.before, "convolution")
        let curve = try c.builder.activation(sums, .sigmoid, element: Self.after, name: "curve")
        let floats = try c.builder.convert(curve, to: .float32, name: "floats")
        let outcome = try c.plan(outputs: [floats], tolerance: 1e-6)
        #expect(outcome.steps == ["convolution", "floats"] && outcome.isRight)
    }

    @Test func `a curve that something else reads is a step`() throws {
        var c = try PassCase(element: Self.before)
        let curve = try c.builder.activation(c.builder.inputTensor, .sigmoid, element: Self.after, name: "curve")
        let floats = try c.builder.convert(curve, to: .float32, name: "floats")
        let outcome = try c.plan(outputs: [curve, floats], tolerance: 1e-6)
        #expect(outcome.steps == ["curve", "floats"] && outcome.passes["activation tables"] == [] && outcome.isRight)
    }
}
