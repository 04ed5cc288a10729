import MultiBox
import Networks

/// A small detector with every operation, in bytes and in floats, and with names that need care: the same for several
/// layers, empty, with quotation marks.
enum EveryOperation {
    static let classes = 3

    /// The detector. With `stored`, its default boxes are a list and its post-processing is TFLite's, else both are SSD's.
    static func model(stored: Bool) throws -> DetectionModel {
        let (network, locations, scores) = try network()
        let configuration = DefaultBoxConfiguration(
            imageWidth: 16, imageHeight: 12,
            maps: [
                .init(rows: 3, columns: 2, stepX: 4.1, minimumSizes: [4.5], maximumSizes: [7], aspectRatios: [1.5])
            ], clip: .centerForm, truncatesSizes: true)
        let boxes = DefaultBoxes.generated(configuration)
        let output =
            stored
            ? DetectionOutputConfiguration(
                classCount: classes, activation: .identity, backgroundIndex: nil, scoreThreshold: 0.1,
                thresholdIsInclusive: true, iouThreshold: 1 / 3, candidatesPerClass: .max, detectionsPerClass: 7,
                maxDetections: 9, suppression: .bestClass(classesPerDetection: 2), clip: .never)
            : DetectionOutputConfiguration(classCount: classes)
        return DetectionModel(
            name: "every \"operation\"", version: "", architecture: "née",
            provenance: [("a", "b"), ("a", ""), ("\\", "\u{1F98A}")], network: network, locations: locations,
            scores: scores,
            preprocessing: Preprocessing(width: 16, height: 12, channelOrder: .bgr, normalization: .bytes),
            labels: try LabelMap(names: [stored ? "x" : nil, "cat", nil], hasBackground: !stored),
            defaultBoxes: stored ? .explicit(try boxes.boxes()) : boxes,
            coder: stored ? .tflite : .torchvision, output: output)
    }

    private static func element(_ scale: Float, _ zeroPoint: Int) -> ElementType {
        Quantization(scale: scale, zeroPoint: zeroPoint).map(ElementType.uint8) ?? .float32
    }

    private static func network() throws -> (Network, locations: TensorID, scores: TensorID) {
        var builder = NetworkBuilder(
            input: try TensorShape(height: 12, width: 16, channels: 3), element: element(1 / 128, 128))
        func floats(_ count: Int, _ step: Int) -> [Float] { (0..<count).map { Float($0 * step % 17 - 8) / 31 } }
        func bytes(_ count: Int) -> [Int8] { (0..<count).map { Int8(truncatingIfNeeded: $0 * 37 % 41 - 20) } }
        var odd = Window(kernelHeight: 3, kernelWidth: 2, strideY: 1, strideX: 2, dilationY: 1, dilationX: 2)
        (odd.paddingTop, odd.paddingLeft, odd.paddingBottom, odd.paddingRight) = (1, 0, 1, 2)
        var x = try builder.convolution(
            builder.inputTensor,
            Convolution(
                window: odd, grouping: .dense, outputChannels: 4,
                parameters: .int8(
                    weights: bytes(3 * 2 * 3 * 4), zeroPoint: 0, scales: [0.01, 0.02, 0.015, 0.0123],
                    bias: [1, -2, 3, 40]), activation: .relu6), element: element(0.0235, 0), name: "first")
        let branch = try builder.convolution(
            x,
            Convolution(
                window: Window(kernel: 3, padding: 1), grouping: .depthwise, outputChannels: 4,
                parameters: .int8(weights: bytes(36), zeroPoint: -3, scales: [0.02], bias: []), activation: .none),
            element: element(0.05, 120), name: "first")
        x = try builder.add(x, branch, activation: .relu, element: element(0.04, 2), name: "sum of \"bytes\"")
        x = try builder.activation(x, .hardSwish, element: element(0.03, 10), name: "")
        x = try builder.convert(x, to: element(0.05, 3), name: "narrower")
        x = try builder.convolution(
            x,
            Convolution(
                window: Window(kernel: 3, padding: 2, dilation: 2), grouping: .dense, outputChannels: 4,
                parameters: .int8(weights: bytes(144), zeroPoint: 0, scales: [0.01], bias: []), activation: .none,
                winograd: WinogradFactors(Array(12_001...12_016))), element: element(0.05, 90), name: "winograd")
        x = try builder.maxPooling(x, Window(kernel: 2, stride: 2, ceilMode: true), name: "pool")
        x = try builder.averagePooling(x, Window(kernel: 3, stride: 2, padding: 1), name: "pool")
        x = try builder.convert(x, to: .float32, name: "floats")
        let shape = builder[x].shape
        var y = try builder.convolution(
            x,
            Convolution(
                window: Window(kernel: 1), grouping: .dense, outputChannels: shape.channels,
                parameters: builder.floats(weights: floats(shape.channels * shape.channels, 7), bias: []),
                activation: .hardSwish), name: "first")
        y = try builder.convolution(
            y,
            Convolution(
                window: Window(kernel: 3, padding: 1), grouping: .depthwise, outputChannels: shape.channels,
                parameters: builder.floats(weights: floats(9 * shape.channels, 5), bias: floats(shape.channels, 3)),
                activation: .none), name: "")
        y = try builder.batchNormalization(
            y, scale: [1, 0.75, -1.25, 2], shift: [0.1, 0, -0.2, 0.3], mean: [0.01, -0.02, 0, 0.04],
            variance: [0.5, 1, 1.75, 0], epsilon: 1e-3, momentum: 0.03125, name: "")
        y = try builder.activation(y, .relu, name: "rectified")
        y = try builder.add(x, y, name: "sum")
        y = try builder.l2Normalization(y, scale: [20, 19.5, 18, 21], epsilon: 1e-12, name: "norm")
        y = try builder.averagePooling(y, Window(kernel: 3, padding: 1), countPadding: true, name: "mean")
        y = try builder.multiply(y, try builder.activation(x, .sigmoid, name: "gate"), name: "product")
        let whole = Window(kernelHeight: shape.height, kernelWidth: shape.width, strideY: 1, strideX: 1)
        y = try builder.scaleChannels(y, by: try builder.averagePooling(y, whole, name: "squeeze"), name: "excite")
        y = try builder.concatenation([x, y], axis: 2, name: "both")
        y = try builder.prelu(y, slopes: floats(2 * shape.channels, 13), name: "both")
        y = try builder.elementwise(y, ELU(alpha: 0.3), name: "curves")
        y = try builder.elementwise(y, LeakyReLU(slope: 0.7), name: "curves")
        y = try builder.elementwise(y, SiLU(), name: "curves")
        y = try builder.zeroInsertion(y, strideY: 2, strideX: 1, name: "spread")
        y = try builder.resize(
            y, height: 5, width: 7, mode: .bilinear, coordinates: .halfPixel, name: "larger")
        y = try builder.resize(
            y, height: shape.height, width: shape.width, mode: .nearest, coordinates: .asymmetric, name: "smaller")
        y = try builder.pad(y, Pad(back: 3), name: "beside")
        // 3 × 2 cells of 4 boxes.
        func head(_ builder: inout NetworkBuilder, _ columns: Int, _ name: String) throws -> TensorID {
            let map = try builder.convolution(
                y,
                Convolution(
                    window: Window(kernel: 1), grouping: .dense, outputChannels: 4 * columns,
                    parameters: builder.floats(
                        weights: floats(4 * columns * builder[y].shape.channels, 11), bias: floats(4 * columns, 3)),
                    activation: .none), name: name)
            return try builder.reshape(map, to: try TensorShape([24, columns]), name: name)
        }
        let scores = try builder.softmax(try head(&builder, classes, "scores"), name: "scores")
        let locations = try head(&builder, 4, "locations")
        return (builder.build(outputs: [scores, locations]), locations, scores)
    }
}
