import Networks
import Testing

/// What a file could say and no network can be.
struct NetworkBuilderTests {
    private func builder() throws -> NetworkBuilder {
        NetworkBuilder(input: try TensorShape(height: 8, width: 8, channels: 3), element: .float32)
    }

    private func convolution(
        _ builder: inout NetworkBuilder, weights: Int = 27 * 4, bias: Int = 4, channels: Int = 4,
        grouping: Convolution.Grouping = .dense
    ) -> Convolution {
        Convolution(
            window: Window(kernel: 3, padding: 1), grouping: grouping, outputChannels: channels,
            parameters: builder.floats(
                weights: [Float](repeating: 1, count: weights), bias: [Float](repeating: 0, count: bias)),
            activation: .relu)
    }

    @Test func `a convolution of the right size has the right shape`() throws {
        var builder = try builder()
        let x = try builder.convolution(builder.inputTensor, convolution(&builder), name: "conv")
        #expect(builder[x].shape.dimensions == [8, 8, 4])
        let network = builder.build(outputs: [x])
        #expect(network.multiplyAdds == 8 * 8 * 4 * 27)
    }

    @Test func `parameters of another count are refused by name`() throws {
        var builder = try builder()
        #expect(
            throws: NetworkError.parameterCount(layer: "conv", parameter: "weights", found: 100, expected: 108)
        ) { _ = try builder.convolution(builder.inputTensor, convolution(&builder, weights: 100), name: "conv") }
        #expect(throws: NetworkError.parameterCount(layer: "conv", parameter: "bias", found: 5, expected: 4)) {
            _ = try builder.convolution(builder.inputTensor, convolution(&builder, bias: 5), name: "conv")
        }
        #expect(throws: NetworkError.self) {
            _ = try builder.convolution(
                builder.inputTensor, convolution(&builder, weights: 36, grouping: .depthwise), name: "depthwise")
        }
    }

    @Test(arguments: [[], [0, 1], [-1, 3], [1 << 20, 1 << 20], [Int.max, 2], [1, 1, 1, 1, 1, 1]])
    func `a shape that cannot be is an error`(dimensions: [Int]) {
        #expect(throws: NetworkError.invalidShape(dimensions)) { try TensorShape(dimensions) }
    }

    @Test func `element types do not mix`() throws {
        var builder = try builder()
        let quantization = try #require(Quantization(scale: 0.1, zeroPoint: 3))
        #expect(throws: NetworkError.self) {
            _ = try builder.convolution(
                builder.inputTensor, convolution(&builder), element: .uint8(quantization), name: "conv")
        }
        let bytes = try builder.convert(builder.inputTensor, to: .uint8(quantization), name: "quantize")
        #expect(throws: NetworkError.self) { _ = try builder.softmax(bytes, name: "softmax") }
        #expect(throws: NetworkError.self) {
            _ = try builder.concatenation([bytes, builder.inputTensor], axis: 2, name: "concat")
        }
        #expect(throws: NetworkError.self) { _ = try builder.multiply(bytes, bytes, name: "multiply") }
        #expect(
            throws: NetworkError.elementType(
                layer: "scale", reason: "channels and their factors are both float or both quantized")
        ) {
            let mean = try builder.averagePooling(bytes, Window(kernel: 8), name: "mean")
            _ = try builder.scaleChannels(bytes, by: mean, name: "scale")
        }
        #expect(throws: NetworkError.unexpectedShape(layer: "scale", found: "8×8×3", expected: "1×1×3")) {
            _ = try builder.scaleChannels(builder.inputTensor, by: builder.inputTensor, name: "scale")
        }
    }

    @Test func `sums beyond 32 bits are refused`() throws {
        let quantization = try #require(Quantization(scale: 0.1, zeroPoint: 3))
        var builder = NetworkBuilder(
            input: try TensorShape(height: 8, width: 8, channels: 3), element: .uint8(quantization))
        func add(bias: Int32) throws {
            _ = try builder.convolution(
                builder.inputTensor,
                Convolution(
                    window: Window(kernel: 1), grouping: .dense, outputChannels: 1,
                    parameters: .int8(weights: [1, 1, 1], zeroPoint: 0, scales: [1], bias: [bias]),
                    activation: .none), element: .uint8(quantization), name: "conv")
        }
        try add(bias: .max - 3 * 255)
        #expect(throws: NetworkError.self) { try add(bias: .max - 3 * 255 + 1) }
        #expect(throws: NetworkError.self) { try add(bias: .min) }

        /// Of three channels, the last has the weights 1 and −3 less the zero point −1: 255 · (2 + 2).
        func addDepthwise(bias: Int32) throws {
            _ = try builder.convolution(
                builder.inputTensor,
                Convolution(
                    window: Window(kernelHeight: 2, kernelWidth: 1, strideY: 1, strideX: 1), grouping: .depthwise,
                    outputChannels: 3,
                    parameters: .int8(weights: [0, 0, 1, 0, 0, -3], zeroPoint: -1, scales: [1], bias: [0, 0, bias]),
                    activation: .none), element: .uint8(quantization), name: "depthwise")
        }
        try addDepthwise(bias: .max - 4 * 255)
        #expect(throws: NetworkError.self) { try addDepthwise(bias: .max - 4 * 255 + 1) }
    }

    @Test func `Winograd factors are for dense 3×3 convolutions of bytes alone`() throws {
        let quantization = try #require(Quantization(scale: 0.1, zeroPoint: 3))
        let factors = try #require(WinogradFactors([Int](repeating: 4000, count: 16)))
        var builder = NetworkBuilder(
            input: try TensorShape(height: 8, width: 8, channels: 1), element: .uint8(quantization))
        func add(_ window: Window, _ grouping: Convolution.Grouping = .dense, zeroPoint: Int = 0) throws {
            let count = window.kernelHeight * window.kernelWidth
            _ = try builder.convolution(
                builder.inputTensor,
                Convolution(
                    window: window, grouping: grouping, outputChannels: 1,
                    parameters: .int8(
                        weights: [Int8](repeating: 1, count: count), zeroPoint: zeroPoint, scales: [1], bias: []),
                    activation: .none, winograd: factors), element: .uint8(quantization), name: "conv")
        }
        try add(Window(kernel: 3, padding: 1))
        try add(Window(kernel: 3, padding: 2, dilation: 2))
        let uneven = Window(kernelHeight: 3, kernelWidth: 3, strideY: 1, strideX: 1, dilationY: 1, dilationX: 2)
        for window in [Window(kernel: 1), Window(kernel: 5), Window(kernel: 3, stride: 2), uneven] {
            #expect(throws: NetworkError.self) { try add(window) }
        }
        #expect(throws: NetworkError.self) { try add(Window(kernel: 3), .depthwise) }
        #expect(throws: NetworkError.self) { try add(Window(kernel: 3), zeroPoint: 1) }
        var floats = try self.builder()
        #expect(throws: NetworkError.self) {
            var convolution = convolution(&floats)
            convolution.winograd = factors
            _ = try floats.convolution(floats.inputTensor, convolution, name: "conv")
        }
        for values in [[Int](repeating: 1, count: 15), [Int](repeating: 0, count: 16), [40000] + Array(1...15)] {
            #expect(WinogradFactors(values) == nil)
        }
    }

    @Test func `shapes that do not fit together are refused`() throws {
        var builder = try builder()
        let x = try builder.convolution(builder.inputTensor, convolution(&builder), name: "conv")
        #expect(throws: NetworkError.self) { _ = try builder.add(x, builder.inputTensor, name: "add") }
        #expect(throws: NetworkError.self) { _ = try builder.concatenation([], axis: 0, name: "concat") }
        #expect(throws: NetworkError.self) { _ = try builder.concatenation([x], axis: 3, name: "concat") }
        #expect(throws: NetworkError.self) {
            let large = Convolution(
                window: Window(kernel: 9), grouping: .dense, outputChannels: 1,
                parameters: builder.floats(weights: [Float](repeating: 1, count: 243)), activation: .none)
            _ = try builder.convolution(builder.inputTensor, large, name: "large")
        }
        #expect(throws: NetworkError.self) {
            _ = try builder.maxPooling(x, Window(kernel: 2, padding: 2), name: "padding")
        }
        let rows = try builder.reshape(x, to: try TensorShape([64, 4]), name: "rows")
        #expect(throws: NetworkError.self) { _ = try builder.maxPooling(rows, Window(kernel: 2), name: "pool") }
        #expect(throws: NetworkError.self) {
            _ = try builder.reshape(x, to: try TensorShape([63, 4]), name: "rows")
        }
    }
}
