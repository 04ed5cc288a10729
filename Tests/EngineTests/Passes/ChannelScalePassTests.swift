import Networks
import Testing

struct ChannelScalePassTests {
    private func network(
        _ c: inout PassCase, kernel: Int = 1
    ) throws -> (scaled: TensorID, result: TensorID) {
        let x = c.builder.inputTensor
        let whole = Window(kernelHeight: 64, kernelWidth: 64, strideY: 1, strideX: 1)
        let mean = try c.builder.averagePooling(x, whole, name: "mean")
        let factors = try c.convolution(mean, 16, .hardSigmoid, name: "factors")
        let scaled = try c.builder.scaleChannels(x, by: factors, name: "scale")
        return (scaled, try c.convolution(scaled, 24, kernel: kernel, name: "project"))
    }

    @Test func `factors of channels are the pointwise convolution's`() throws {
        var c = try PassCase()
        let outcome = try c.plan(outputs: [network(&c).result])
        #expect(outcome.steps == ["mean", "factors", "scale+project"] && outcome.isRight)
        #expect(outcome.passes["channel scales"] == ["scale+project"])
    }

    @Test func `a scaling and a sum can be one convolution's`() throws {
        var c = try PassCase(channels: 24)
        let x = c.builder.inputTensor
        let pooled = try c.builder.maxPooling(x, Window(kernel: 3, padding: 1), name: "pool")
        let factors = try c.convolution(
            c.builder.averagePooling(
                x, Window(kernelHeight: 64, kernelWidth: 64, strideY: 1, strideX: 1), name: "mean"), 24, name: "factors"
        )
        let scaled = try c.builder.scaleChannels(pooled, by: factors, name: "scale")
        let sum = try c.builder.add(x, c.convolution(scaled, 24, name: "project"), name: "sum")
        let outcome = try c.plan(outputs: [sum])
        #expect(outcome.steps == ["pool", "mean", "factors", "scale+project+sum"] && outcome.isRight)
    }

    @Test func `a window, or another reader, keeps the scaling apart`() throws {
        var windowed = try PassCase()
        #expect(try windowed.plan(outputs: [network(&windowed, kernel: 3).result]).steps.contains("scale"))
        var read = try PassCase()
        let (scaled, result) = try network(&read)
        let outcome = try read.plan(outputs: [scaled, result])
        #expect(outcome.steps.contains("scale") && outcome.passes["channel scales"] == [] && outcome.isRight)
    }
}
