import Engine
import Networks
import Testing

struct BFloat16PassTests {
    /// With tiles, all that is dense multiplies in bfloat16.
    @Test func `dense convolutions are changed, depthwise ones are not`() throws {
        var c = try PassCase(extent: 12)
        var x = try c.convolution(c.builder.inputTensor, 24, kernel: 3, .relu, name: "dense")
        x = try c.depthwise(x, name: "depthwise")
        x = try c.convolution(x, 16, name: "pointwise")
        let outcome = try c.plan(
            outputs: [x], instructionSet: .emulatedTiles, precision: .bf16, tolerance: 0.02)
        #expect(outcome.passes["bfloat16"] == ["dense", "pointwise"] && outcome.isRight)
    }

    @Test func `single precision has no such pass`() throws {
        var c = try PassCase(extent: 12)
        let x = try c.convolution(c.builder.inputTensor, 24, kernel: 3, name: "dense")
        #expect(try c.plan(outputs: [x], instructionSet: .emulatedTiles).passes["bfloat16"] == nil)
    }

    /// Kernels over tiles do not know how to add what others have made.
    @Test func `a convolution by tiles takes over no sum`() throws {
        var c = try PassCase(extent: 12)
        let x = try c.convolution(c.builder.inputTensor, 16, kernel: 3, name: "dense")
        let sum = try c.builder.add(x, c.builder.inputTensor, name: "sum")
        let outcome = try c.plan(
            outputs: [sum], instructionSet: .emulatedTiles, precision: .bf16, tolerance: 0.02)
        #expect(outcome.steps == ["dense", "sum"] && outcome.isRight)
    }
}
