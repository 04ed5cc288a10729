import Networks
import TestSupport
import Testing

/// Small networks drawn at random, with every kind of layer and the shapes that make memory layout hard: branches,
/// concatenations inside concatenations, reshapes, tensors read twice.
struct RandomNetwork {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// A float network with one or two heads, reshaped and joined as in SSD.
    mutating func float() throws -> Network {
        let shape = try TensorShape(height: number(5...12), width: number(5...12), channels: 3)
        var builder = NetworkBuilder(input: shape, element: .float32)
        var x = try convolution(&builder, builder.inputTensor, channels: number(3...20))
        var heads: [TensorID] = []
        for layer in 0..<number(3...8) {
            let name = "layer \(layer)"
            switch number(0...9) {
            case 0: x = try convolution(&builder, x, channels: number(1...40))
            case 1: x = try depthwise(&builder, x)
            case 2:
                let a = try convolution(&builder, x, channels: number(1...20), stride: 1)
                let b = try depthwise(&builder, x, stride: 1)
                let c = try builder.concatenation([a, b], axis: 2, name: name)
                x = try builder.concatenation([c, x, c], axis: 2, name: name)
            case 3:
                let window = Window(kernel: 2, stride: 2, ceilMode: true)
                if builder[x].shape.height > 3 { x = try builder.maxPooling(x, window, name: name) }
            case 4:
                let window = Window(kernel: 3, stride: 1, padding: 1)
                x = try builder.averagePooling(x, window, countPadding: number(0...1) == 1, name: name)
            case 5: x = try builder.activation(x, .hardSwish, name: name)
            case 6:
                let y = try convolution(&builder, x, channels: builder[x].shape.channels, stride: 1)
                x = try builder.add(x, y, activation: .relu, name: name)
            case 7:
                let scale = (0..<builder[x].shape.channels).map { _ in Float.random(in: 0.5...2, using: &generator) }
                x = try builder.l2Normalization(x, scale: scale, name: name)
            case 8:
                let shape = builder[x].shape
                let whole = Window(
                    kernelHeight: shape.height, kernelWidth: shape.width, strideY: 1, strideX: 1)
                let squeezed = try builder.averagePooling(x, whole, name: name)
                let gate = try convolution(&builder, squeezed, channels: shape.channels, stride: 1)
                x = try builder.scaleChannels(x, by: gate, name: name)
            default:
                let gate = try builder.activation(x, .sigmoid, name: name)
                x = try builder.multiply(x, gate, name: name)
            }
            if number(0...1) == 0 { heads.append(x) }
        }
        heads.append(x)
        var rows: [TensorID] = []
        for (index, head) in heads.enumerated() {
            let map = try convolution(&builder, head, channels: 4 * number(1...3), stride: 1)
            let shape = try TensorShape([builder[map].shape.elementCount / 4, 4])
            rows.append(try builder.reshape(map, to: shape, name: "rows \(index)"))
        }
        let joined = try builder.concatenation(rows, axis: 0, name: "heads")
        let scores = try builder.softmax(joined, name: "scores")
        return builder.build(outputs: [joined, scores, x])
    }

    /// A quantized network. Its scales are no round numbers, so that no function of a byte lies halfway between two.
    mutating func quantized() throws -> Network {
        let shape = try TensorShape(height: number(5...12), width: number(5...12), channels: 3)
        var builder = NetworkBuilder(input: shape, element: .uint8(quantization(0.021_37)))
        var x = try quantizedConvolution(&builder, builder.inputTensor, channels: number(3...20))
        var rows: [TensorID] = []
        let headQuantization = quantization(0.051_73)
        for layer in 0..<number(2...6) {
            let name = "layer \(layer)"
            switch number(0...4) {
            case 0: x = try quantizedConvolution(&builder, x, channels: number(1...40))
            case 1: x = try quantizedDepthwise(&builder, x)
            case 2:
                if builder[x].shape.height > 3 {
                    x = try builder.maxPooling(x, Window(kernel: 2, stride: 2), name: name)
                }
            case 3: x = try builder.averagePooling(x, Window(kernel: 3, padding: 1), name: name)
            default: x = try builder.activation(x, .hardSwish, element: .uint8(quantization(0.033_71)), name: name)
            }
            let head = try quantizedConvolution(
                &builder, x, channels: 4 * number(1...2), stride: 1, output: headQuantization)
            let rowShape = try TensorShape([builder[head].shape.elementCount / 4, 4])
            rows.append(try builder.reshape(head, to: rowShape, name: name))
        }
        let joined = try builder.concatenation(rows, axis: 0, name: "heads")
        let logistic = try builder.activation(
            joined, .sigmoid, element: .uint8(try #require(Quantization(scale: 1 / 256, zeroPoint: 0))),
            name: "logistic")
        let locations = try builder.convert(joined, to: .float32, name: "locations")
        // Layers between an activation and its conversion, whose memory must not be where the activation's input is.
        let other = try quantizedConvolution(&builder, x, channels: 64, stride: 1)
        x = try quantizedConvolution(&builder, other, channels: 8, stride: 1)
        let scores = try builder.convert(logistic, to: .float32, name: "scores")
        return builder.build(outputs: [locations, scores, x])
    }

    /// An input of the network.
    mutating func input(of network: Network) -> ReferenceInterpreter.Values {
        let count = network[network.input].shape.elementCount
        if network[network.input].element == .float32 {
            return .floats((0..<count).map { _ in Double(Float.random(in: -1...1, using: &generator)) })
        }
        return .bytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    // MARK: Parts

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func quantization(_ scale: Float) -> Quantization {
        guard let quantization = Quantization(scale: scale, zeroPoint: number(0...255)) else { preconditionFailure() }
        return quantization
    }

    private mutating func floats(_ count: Int, magnitude: Float) -> [Float] {
        (0..<count).map { _ in Float.random(in: -magnitude...magnitude, using: &generator) }
    }

    private mutating func window(_ shape: TensorShape, stride: Int?) -> Window {
        let kernel = [1, 3, 3, 5][number(0...3)]
        let stride = stride ?? (min(shape.height, shape.width) > 3 ? number(1...2) : 1)
        var window = Window(kernel: kernel, stride: stride, padding: kernel / 2)
        if stride == 2, number(0...1) == 0 {
            window.padAsSame(inputHeight: shape.height, inputWidth: shape.width)
        }
        return window
    }

    private mutating func convolution(
        _ builder: inout NetworkBuilder, _ x: TensorID, channels: Int, stride: Int? = nil
    ) throws -> TensorID {
        let shape = builder[x].shape
        let window = window(shape, stride: stride)
        let fan = window.kernelHeight * window.kernelWidth * shape.channels
        let parameters = builder.floats(
            weights: floats(fan * channels, magnitude: 1 / Float(fan).squareRoot()),
            bias: number(0...3) == 0 ? [] : floats(channels, magnitude: 0.5))
        let activation = Activation.allCases[number(0...5)]
        return try builder.convolution(
            x,
            Convolution(
                window: window, grouping: .dense, outputChannels: channels, parameters: parameters,
                activation: activation), name: "convolution")
    }

    private mutating func depthwise(
        _ builder: inout NetworkBuilder, _ x: TensorID, stride: Int? = nil
    ) throws -> TensorID {
        let shape = builder[x].shape
        let window = window(shape, stride: stride)
        let taps = window.kernelHeight * window.kernelWidth
        let parameters = builder.floats(
            weights: floats(taps * shape.channels, magnitude: 0.5), bias: floats(shape.channels, magnitude: 0.5))
        return try builder.convolution(
            x,
            Convolution(
                window: window, grouping: .depthwise, outputChannels: shape.channels, parameters: parameters,
                activation: .relu6), name: "depthwise")
    }

    private mutating func quantizedConvolution(
        _ builder: inout NetworkBuilder, _ x: TensorID, channels: Int, stride: Int? = nil, output: Quantization? = nil
    ) throws -> TensorID {
        let shape = builder[x].shape
        let window = window(shape, stride: stride)
        let count = window.kernelHeight * window.kernelWidth * shape.channels * channels
        let scales = number(0...1) == 0 ? [Float(0.004)] : floats(channels, magnitude: 0.002).map { abs($0) + 0.001 }
        let parameters = Convolution.Parameters.int8(
            weights: (0..<count).map { _ in Int8.random(in: -128...127, using: &generator) },
            zeroPoint: scales.count == 1 ? number(-40...40) : 0, scales: scales,
            bias: (0..<channels).map { _ in Int32.random(in: -2000...2000, using: &generator) })
        let result = output ?? quantization(0.051_73)
        return try builder.convolution(
            x,
            Convolution(
                window: window, grouping: .dense, outputChannels: channels, parameters: parameters,
                activation: [.none, .relu6][number(0...1)]), element: .uint8(result), name: "convolution")
    }

    private mutating func quantizedDepthwise(_ builder: inout NetworkBuilder, _ x: TensorID) throws -> TensorID {
        let shape = builder[x].shape
        let window = window(shape, stride: nil)
        let count = window.kernelHeight * window.kernelWidth * shape.channels
        let parameters = Convolution.Parameters.int8(
            weights: (0..<count).map { _ in Int8.random(in: -128...127, using: &generator) },
            zeroPoint: number(-40...40), scales: [0.02],
            bias: (0..<shape.channels).map { _ in Int32.random(in: -500...500, using: &generator) })
        return try builder.convolution(
            x,
            Convolution(
                window: window, grouping: .depthwise, outputChannels: shape.channels, parameters: parameters,
                activation: .relu6), element: .uint8(quantization(0.051_73)), name: "depthwise")
    }
}
