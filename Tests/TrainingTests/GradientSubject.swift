import Networks
import Training

/// A network of one kind of layer between convolutions, so that gradients go through it to parameters before it.
enum GradientSubject: String, CaseIterable, CustomStringConvertible {
    case dense, pointwise, strided, stridedPointwise, stridedEven, dilated, unpadded, rectangular, manyChannels
    case denseReLU, denseHardSwish, depthwise, stridedDepthwise, depthwiseReLU6
    case normalization, normalizationReLU, normalizationReLU6, normalizationHardSwish, normalizationSigmoid
    case normalizationOutput, l2Normalization
    case relu, relu6, hardSwish, sigmoid, hardSigmoid, softmax, softmaxRows, conversion
    case ceilPooling, overlappingPooling, averagePooling, paddedAverage, wholeAverage
    case prelu, enlarged, narrowed, nearest, repeated, silu, elu, leakyReLU, zeroInsertion, padded
    case residual, residualReLU, product, square, channelScaling, joinedChannels, joinedRows, twoReaders

    var description: String { rawValue }

    func network() throws -> Network {
        let b = TrainableNetworkBuilder(input: try TensorShape(height: 11, width: 9, channels: 3))
        let x = try b.convolution(
            b.inputTensor, window: Window(kernel: 3, padding: 1), outputChannels: self == .manyChannels ? 40 : 5,
            name: "first")
        let made =
            try convolution(of: x, b) ?? normalization(of: x, b) ?? function(of: x, b) ?? pooling(of: x, b)
            ?? plain(x, b) ?? combination(of: x, b)
        guard let (y, outputs) = made else { preconditionFailure("a layer for each") }
        let last = try b.convolution(y, window: Window(kernel: 1), outputChannels: 3, name: "last")
        return b.build(outputs: outputs + [last])
    }

    /// What the last convolution reads, and outputs before it.
    private typealias Made = (TensorID, [TensorID])

    private func window(_ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int = 1) -> Window {
        Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    }

    private func convolution(of x: TensorID, _ b: TrainableNetworkBuilder) throws -> Made? {
        func dense(_ window: Window, _ channels: Int = 6, _ activation: Activation = .none) throws -> Made {
            let hasBias = self != .stridedPointwise
            return (
                try b.convolution(
                    x, window: window, outputChannels: channels, hasBias: hasBias, activation: activation, name: "c"),
                []
            )
        }
        func depthwise(_ window: Window, _ activation: Activation = .none) throws -> Made {
            let hasBias = self != .stridedDepthwise
            return (
                try b.convolution(
                    x, window: window, grouping: .depthwise, outputChannels: 5, hasBias: hasBias,
                    activation: activation, name: "c"), []
            )
        }
        switch self {
        case .dense: return try dense(window(3, 1, 1))
        case .pointwise: return try dense(window(1, 1, 0), 7)
        case .strided: return try dense(window(3, 2, 1))
        case .stridedPointwise: return try dense(window(1, 2, 0))
        case .stridedEven: return try dense(window(4, 3, 2))
        case .dilated: return try dense(window(3, 1, 3, 3))
        case .unpadded: return try dense(window(3, 1, 0))
        case .rectangular:
            var rectangle = Window(kernelHeight: 5, kernelWidth: 2, strideY: 1, strideX: 2)
            (rectangle.paddingTop, rectangle.paddingRight) = (4, 1)
            return try dense(rectangle)
        case .manyChannels: return try dense(window(3, 2, 1), 70)
        case .denseReLU: return try dense(window(3, 1, 1), 6, .relu)
        case .denseHardSwish: return try dense(window(3, 1, 1), 6, .hardSwish)
        case .depthwise: return try depthwise(window(3, 1, 1))
        case .stridedDepthwise: return try depthwise(window(3, 2, 1))
        case .depthwiseReLU6: return try depthwise(window(5, 2, 2), .relu6)
        default: return nil
        }
    }

    private func normalization(of x: TensorID, _ b: TrainableNetworkBuilder) throws -> Made? {
        switch self {
        case .normalization: return (try b.batchNormalization(x, name: "n"), [])
        case .normalizationReLU: return (try b.batchNormalization(x, activation: .relu, name: "n"), [])
        case .normalizationReLU6: return (try b.batchNormalization(x, activation: .relu6, name: "n"), [])
        case .normalizationHardSwish: return (try b.batchNormalization(x, activation: .hardSwish, name: "n"), [])
        case .normalizationSigmoid: return (try b.batchNormalization(x, activation: .sigmoid, name: "n"), [])
        case .normalizationOutput:
            let y = try b.batchNormalization(x, name: "n")
            return (try b.layer(.activation(.relu), [y], name: "a"), [y])
        case .l2Normalization: return (try b.l2Normalization(x, name: "l"), [])
        default: return nil
        }
    }

    private func function(of x: TensorID, _ b: TrainableNetworkBuilder) throws -> Made? {
        switch self {
        case .relu: return (try b.layer(.activation(.relu), [x], name: "a"), [])
        case .relu6: return (try b.layer(.activation(.relu6), [x], name: "a"), [])
        case .hardSwish: return (try b.layer(.activation(.hardSwish), [x], name: "a"), [])
        case .sigmoid: return (try b.layer(.activation(.sigmoid), [x], name: "a"), [])
        case .hardSigmoid: return (try b.layer(.activation(.hardSigmoid), [x], name: "a"), [])
        case .softmax: return (try b.layer(.softmax, [x], name: "s"), [])
        case .softmaxRows:
            let rows = try b.layer(.reshape, [x], shape: [99, 5], name: "r")
            return (x, [try b.layer(.softmax, [rows], name: "s"), try b.layer(.softmax, [x], name: "t")])
        case .conversion: return (try b.layer(.convert, [x], name: "f"), [])
        default: return nil
        }
    }

    private func plain(_ x: TensorID, _ b: TrainableNetworkBuilder) throws -> Made? {
        func resized(_ height: Int, _ width: Int, _ mode: Resize.Mode, _ c: Resize.Coordinates) throws -> Made {
            let resize = Resize(height: height, width: width, mode: mode, coordinates: c)
            return (try b.layer(.plain(resize), [x], name: "r"), [])
        }
        switch self {
        case .prelu: return (try b.prelu(x, name: "p"), [])
        case .enlarged: return try resized(22, 13, .bilinear, .halfPixel)
        case .narrowed: return try resized(11, 4, .bilinear, .asymmetric)
        case .nearest: return try resized(5, 18, .nearest, .halfPixel)
        case .repeated: return try resized(22, 18, .nearest, .asymmetric)
        case .silu: return (try b.layer(.plain(SiLU()), [x], name: "f"), [])
        case .elu: return (try b.layer(.plain(ELU(alpha: 0.75)), [x], name: "f"), [])
        case .leakyReLU: return (try b.layer(.plain(LeakyReLU(slope: 0.125)), [x], name: "f"), [])
        case .zeroInsertion:
            return (try b.layer(.plain(ZeroInsertion(strideY: 2, strideX: 3)), [x], name: "z"), [])
        case .padded:
            let pad = Pad(top: 1, bottom: 2, left: 3, front: 2, back: 4)
            return (try b.layer(.plain(pad), [x], name: "z"), [])
        default: return nil
        }
    }

    private func pooling(of x: TensorID, _ b: TrainableNetworkBuilder) throws -> Made? {
        let operation: Operation
        switch self {
        case .ceilPooling: operation = .maxPooling(Window(kernel: 2, stride: 2, ceilMode: true))
        case .overlappingPooling: operation = .maxPooling(window(3, 1, 1))
        case .averagePooling: operation = .averagePooling(window(3, 2, 1), countPadding: false)
        case .paddedAverage: operation = .averagePooling(window(3, 1, 1), countPadding: true)
        case .wholeAverage: operation = .averagePooling(Self.whole, countPadding: false)
        default: return nil
        }
        return (try b.layer(operation, [x], name: "p"), [])
    }

    /// A window over the whole map.
    private static let whole = Window(kernelHeight: 11, kernelWidth: 9, strideY: 1, strideX: 1)

    private func combination(of x: TensorID, _ b: TrainableNetworkBuilder) throws -> Made? {
        func other(_ channels: Int, _ window: Window) throws -> TensorID {
            try b.convolution(x, window: window, outputChannels: channels, name: "c")
        }
        switch self {
        case .residual: return (try b.layer(.add(.none), [other(5, window(3, 1, 1)), x], name: "s"), [])
        case .residualReLU: return (try b.layer(.add(.relu), [other(5, window(3, 1, 1)), x], name: "s"), [])
        case .product: return (try b.layer(.multiply, [other(5, window(3, 1, 1)), x], name: "m"), [])
        case .square: return (try b.layer(.multiply, [x, x], name: "m"), [])
        case .channelScaling:
            let mean = try b.layer(.averagePooling(Self.whole, countPadding: false), [x], name: "p")
            let factors = try b.convolution(
                mean, window: window(1, 1, 0), outputChannels: 5, activation: .hardSigmoid, name: "c")
            return (try b.layer(.scaleChannels, [x, factors], name: "e"), [])
        case .joinedChannels:
            return (try b.layer(.concatenation(axis: 2), [x, other(2, window(1, 1, 0)), x], name: "j"), [])
        case .joinedRows:
            let small = try other(10, window(3, 2, 1))
            let rows = try b.layer(.reshape, [x], shape: [99, 5], name: "r")
            let smallRows = try b.layer(.reshape, [small], shape: [60, 5], name: "s")
            return (small, [try b.layer(.concatenation(axis: 0), [rows, smallRows], name: "j")])
        case .twoReaders:
            let y = try other(5, window(3, 1, 1))
            return (y, [try b.convolution(x, window: window(3, 2, 1), outputChannels: 4, name: "d"), x])
        default: return nil
        }
    }
}
