import Networks
import Testing

struct BottleneckPassTests {
    @Test func `pointwise, depthwise, pointwise and the sum are one step`() throws {
        var c = try PassCase()
        let x = c.builder.inputTensor
        var y = try c.convolution(x, 48, .relu6, name: "a.expand")
        y = try c.depthwise(y, name: "a.depthwise")
        y = try c.convolution(y, 16, name: "a.project")
        let sum = try c.builder.add(y, x, name: "a.sum")
        let outcome = try c.plan(outputs: [sum])
        #expect(outcome.steps == ["a.expand+depthwise+project+sum"] && outcome.isRight)
        #expect(
            outcome.passes["bottlenecks"] == ["a.expand+depthwise+project+sum"]
                || outcome.passes["bottlenecks"]?.count == 1)
    }

    @Test func `either neighbour may be missing`() throws {
        var first = try PassCase()
        let expanded = try first.convolution(first.builder.inputTensor, 48, .relu6, name: "a.expand")
        let outcome = try first.plan(outputs: [first.depthwise(expanded, name: "a.depthwise")])
        #expect(outcome.steps == ["a.expand+depthwise"] && outcome.isRight)
        var last = try PassCase()
        let filtered = try last.depthwise(last.builder.inputTensor, name: "a.depthwise")
        let other = try last.plan(outputs: [last.convolution(filtered, 24, name: "a.project")])
        #expect(other.steps == ["a.depthwise+project"] && other.isRight)
    }

    @Test func `what is small enough for a cache, or too heavy for one, stays apart`() throws {
        var small = try PassCase(extent: 12)
        let filtered = try small.depthwise(small.builder.inputTensor, name: "a.depthwise")
        let outcome = try small.plan(outputs: [small.convolution(filtered, 24, name: "a.project")])
        #expect(
            outcome.steps == ["a.depthwise", "a.project"] && outcome.passes["bottlenecks"] == [] && outcome.isRight)
        var heavy = try PassCase(extent: 12, channels: 320)
        let wide = try heavy.depthwise(heavy.builder.inputTensor, name: "a.depthwise")
        #expect(try heavy.plan(outputs: [heavy.convolution(wide, 320, name: "a.project")]).steps.count == 2)
    }

    @Test func `another reader between keeps them apart`() throws {
        var c = try PassCase()
        let expanded = try c.convolution(c.builder.inputTensor, 48, .relu6, name: "a.expand")
        let filtered = try c.depthwise(expanded, name: "a.depthwise")
        let projected = try c.convolution(filtered, 16, name: "a.project")
        let outcome = try c.plan(outputs: [expanded, projected])
        #expect(outcome.steps == ["a.expand", "a.depthwise+project"] && outcome.isRight)
    }
}
