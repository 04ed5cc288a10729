import MultiBox
import Networks

/// An SSD of about half a gigaflop of multiply-adds at 300 × 300 pixels that trains from scratch on a CPU.
///
/// Convolutions are dense, 3 × 3 and followed by batch normalization, without which an SSD does not train from scratch
/// (Zhu et al. 2019, arXiv 1810.08425); residual sums (He et al. 2016) keep gradients alive. Maps of 38, 19, 10, 5 and 3
/// cells a side feed the heads; batch normalization makes SSD's L2 normalization of the first unnecessary.
public enum SmallSSD300 {
    /// The name of the architecture.
    public static let architecture = "small-ssd300"
    /// The input's side, in pixels.
    public static let side = 300

    /// Default boxes: centres from the maps' sizes, scales 0.08 to 0.95 of the photo.
    public static let defaultBoxes: DefaultBoxConfiguration = {
        let sides = [38, 19, 10, 5, 3]
        let sizes: [Float] = [24, 54, 108, 165, 222, 285]
        let ratios: [[Float]] = [[2], [2, 3], [2, 3], [2, 3], [2]]
        let maps = sides.indices.map { k in
            DefaultBoxConfiguration.SourceMap(
                size: sides[k], minimumSizes: [sizes[k]], maximumSizes: [sizes[k + 1]], aspectRatios: ratios[k])
        }
        return DefaultBoxConfiguration(imageWidth: side, imageHeight: side, maps: maps)
    }()

    /// Red, green, blue; near mean 0 and deviation 1 over ordinary photos.
    public static let preprocessing = Preprocessing(
        width: side, height: side, channelOrder: .rgb,
        normalization: .affine(
            scale: [1 / 58, 1 / 57, 1 / 57], bias: [-123 / 58, -117 / 57, -104 / 57]))

    /// The detector for some classes.
    public static func detector(labels: LabelMap) throws(NetworkError) -> TrainableDetector {
        precondition(labels.hasBackground && labels.count >= 2, "background and at least one class")
        return TrainableDetector(
            architecture: architecture, graph: try graph(classCount: labels.count), labels: labels,
            defaultBoxes: defaultBoxes, preprocessing: preprocessing,
            output: DetectionOutputConfiguration(classCount: labels.count, clip: .beforeSuppression))
    }

    private static func graph(classCount: Int) throws(NetworkError) -> TrainingGraph {
        var b = TrainingGraphBuilder(input: try TensorShape(height: side, width: side, channels: 3))
        func unit(
            _ x: TrainingGraph.Tensor, _ channels: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1,
            _ name: String
        ) throws(NetworkError) -> TrainingGraph.Tensor {
            let y = try b.convolution(
                x, window: Window(kernel: kernel, stride: stride, padding: padding), outputChannels: channels,
                hasBias: false, name: name)
            return try b.batchNormalization(y, activation: .relu, name: name + ".norm")
        }
        func residual(_ x: TrainingGraph.Tensor, _ name: String) throws(NetworkError) -> TrainingGraph.Tensor {
            let y = try unit(x, b[x].channels, name)
            return try b.add(y, x, name: name + ".sum")
        }
        var x = try unit(b.inputTensor, 16, stride: 2, "stem1")
        x = try unit(x, 32, stride: 2, "stem2")
        x = try residual(x, "stage1.1")
        x = try unit(x, 64, stride: 2, "stage2.0")
        x = try residual(x, "stage2.1")
        let map38 = try residual(x, "stage2.2")
        x = try unit(map38, 128, stride: 2, "stage3.0")
        x = try residual(x, "stage3.1")
        let map19 = try residual(x, "stage3.2")
        x = try unit(map19, 192, stride: 2, "stage4.0")
        let map10 = try residual(x, "stage4.1")
        x = try unit(map10, 96, kernel: 1, padding: 0, "extra1.0")
        let map5 = try unit(x, 192, stride: 2, "extra1.1")
        x = try unit(map5, 96, kernel: 1, padding: 0, "extra2.0")
        let map3 = try unit(x, 192, padding: 0, "extra2.1")

        var locations: [TrainingGraph.Tensor] = []
        var scores: [TrainingGraph.Tensor] = []
        for (map, source) in zip(defaultBoxes.maps, [map38, map19, map10, map5, map3]) {
            func head(_ columns: Int, _ name: String) throws(NetworkError) -> TrainingGraph.Tensor {
                let y = try b.convolution(
                    source, window: Window(kernel: 3, padding: 1), outputChannels: map.boxesPerCell * columns,
                    deviation: 0.01, name: "\(name)\(map.rows)")
                let rows = try TensorShape([map.rows * map.columns * map.boxesPerCell, columns])
                return try b.reshape(y, to: rows, name: "\(name)\(map.rows).rows")
            }
            locations.append(try head(4, "locations"))
            scores.append(try head(classCount, "scores"))
        }
        let outputs = [
            try b.concatenation(locations, axis: 0, name: "locations"),
            try b.concatenation(scores, axis: 0, name: "scores"),
        ]
        return b.build(outputs: outputs)
    }
}
