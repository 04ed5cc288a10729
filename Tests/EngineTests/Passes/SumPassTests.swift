import Networks
import Testing

struct SumPassTests {
    @Test func `a sum is done where its convolution stores`() throws {
        var c = try PassCase()
        let left = try c.convolution(c.builder.inputTensor, 16, kernel: 3, name: "left")
        let sum = try c.builder.add(left, c.builder.inputTensor, activation: .relu, name: "sum")
        let outcome = try c.plan(outputs: [sum])
        #expect(outcome.steps == ["left+sum"] && outcome.passes["sums"] == ["left+sum"] && outcome.isRight)
    }

    @Test func `of two convolutions that are summed the first takes the sum, and runs after the other`() throws {
        var c = try PassCase()
        let left = try c.convolution(c.builder.inputTensor, 16, name: "left")
        let right = try c.convolution(c.builder.inputTensor, 16, name: "right")
        let sum = try c.builder.add(right, left, name: "sum")
        let outcome = try c.plan(outputs: [sum])
        #expect(outcome.steps == ["right", "left+sum"] && outcome.isRight)
    }

    @Test func `a sum stays a step where the convolution has an activation, another reader or is an output`() throws {
        for reason in ["activation", "reader", "output", "itself"] {
            var c = try PassCase()
            let left = try c.convolution(
                c.builder.inputTensor, 16, reason == "activation" ? .relu : .none, name: "left")
            let other = reason == "itself" ? left : c.builder.inputTensor
            let sum = try c.builder.add(left, other, name: "sum")
            var outputs = [sum]
            if reason == "reader" { outputs.append(try c.builder.activation(left, .relu, name: "reader")) }
            if reason == "output" { outputs.append(left) }
            let outcome = try c.plan(outputs: outputs)
            #expect(outcome.steps.starts(with: ["left", "sum"]) && outcome.passes["sums"] == [], "\(reason)")
            #expect(outcome.isRight, "\(reason)")
        }
    }
}
