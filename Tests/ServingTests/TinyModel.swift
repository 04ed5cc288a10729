import Platform
import MultiBox
import Engine
import Networks

/// A detector of 32 × 32 pixels that is simple enough to be worked by hand: one default box for each of 4 × 4 cells, found
/// as the class of a colour with confidence 1 / (1 + e^(6 − 12 m)), where m is the colour's mean over the cell.
///
/// Class 0 is the background, class 4 has no name.
enum TinyModel {
    static let names: [String?] = [nil, "red", "green", "sky \"blue\"", nil]
    /// 1 / (1 + e⁻⁶), to the four decimals of an answer.
    static let fullScore = 0.9975

    static func engine(
        name: String = "tiny", streams: Int = 1, maximumBatchSize: Int = 8, channels: ChannelOrder = .rgb,
        labels: [String?] = names
    ) throws -> InferenceEngine {
        try InferenceEngine(
            model: model(name: name, channels: channels, labels: labels),
            configuration: EngineConfiguration(streams: streams, maximumBatchSize: maximumBatchSize))
    }

    static func model(
        name: String = "tiny", channels: ChannelOrder = .rgb, labels: [String?] = names
    ) throws -> DetectionModel {
        var builder = NetworkBuilder(input: try TensorShape(height: 32, width: 32, channels: 3), element: .float32)
        let input = builder.inputTensor
        func head(
            _ builder: inout NetworkBuilder, _ outputs: Int, weights: [Float], bias: [Float], _ name: String
        ) throws -> TensorID {
            let convolution = Convolution(
                window: Window(kernel: 8, stride: 8), grouping: .dense, outputChannels: outputs,
                parameters: builder.floats(weights: weights, bias: bias), activation: .none)
            return try builder.convolution(input, convolution, name: name)
        }
        let still = try head(
            &builder, 4, weights: Array(repeating: 0, count: 4 * 64 * 3), bias: Array(repeating: 0, count: 4), "loc")
        let locations = try builder.reshape(still, to: try TensorShape([16, 4]), name: "locations")
        // [output, y, x, input]: class c looks at channel c − 1.
        var weights: [Float] = []
        for output in 0..<5 {
            for _ in 0..<64 { for channel in 0..<3 { weights.append(output == channel + 1 ? 12.0 / 64 : 0) } }
        }
        let scores = try builder.reshape(
            try head(&builder, 5, weights: weights, bias: [-6, -6, -6, -6, -20], "conf"),
            to: try TensorShape([16, 5]), name: "scores")
        let cells = (0..<16).map { cell in
            CenterBox(cx: (Float(cell % 4) + 0.5) / 4, cy: (Float(cell / 4) + 0.5) / 4, w: 0.25, h: 0.25)
        }
        return DetectionModel(
            name: name, version: "01234567", architecture: "tiny", provenance: [("licence", "none \\ any")],
            network: builder.build(outputs: [locations, scores]), locations: locations, scores: scores,
            preprocessing: Preprocessing(
                width: 32, height: 32, channelOrder: channels,
                normalization: .affine(scale: Array(repeating: 1 / 255, count: 3), bias: [0, 0, 0])),
            labels: try LabelMap(names: labels, hasBackground: true), defaultBoxes: .explicit(cells), coder: .ssd,
            output: DetectionOutputConfiguration(classCount: 5, activation: .sigmoid, maxDetections: 100))
    }
}
