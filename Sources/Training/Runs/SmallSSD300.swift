import MultiBox
import Networks

/// An SSD of about half a gigaflop of multiply-adds at 300 × 300 pixels that trains from scratch on a CPU.
///
/// Convolutions are dense, 3 × 3 and followed by batch normalization, without which an SSD does not train from scratch
/// (Zhu et al. 2019, arXiv 1810.08425); residual sums (He et al. 2016) keep gradients alive. Maps of 38, 19, 10, 5 and 3
/// cells a side feed the heads. The first sees what the second knows as well (Lin et al. 2017, arXiv 1612.03144): small
/// objects are told apart by what is around them. Batch normalization makes SSD's L2 normalization unnecessary.
public enum SmallSSD300 {
    /// The name of the architecture.
    public static let architecture = "small-ssd300"
    /// The input's side, in pixels.
    public static let side = 300

    /// The sides of the feature maps that feed the heads, in cells, finest first.
    private static let mapSides = [38, 19, 10, 5, 3]
    /// The number of box sizes, two a map.
    public static let boxSizeCount = 10
    /// Box sizes, in pixels of the input, for photos of all kinds: 7 to 93 % of its side.
    public static let boxSizes: [Float] = [20, 30, 46, 66, 92, 126, 160, 196, 234, 278]
    /// The aspect ratio of the boxes that are not square, lying and standing.
    public static let boxAspectRatio: Float = 2

    /// Default boxes with centres from the maps' sizes, six a cell: of each of the map's two sizes a square, and one
    /// lying and one standing box of the same area.
    ///
    /// - Parameters:
    ///   - sizes: Ten sizes (√area), in pixels of the input, ascending, two a map.
    ///   - aspectRatio: The longer side over the shorter one; above 1.
    public static func defaultBoxes(
        sizes: [Float] = boxSizes, aspectRatio: Float = boxAspectRatio
    ) -> DefaultBoxConfiguration {
        precondition(sizes.count == boxSizeCount && sizes.allSatisfy { $0 > 0 } && aspectRatio > 1, "sizes and a ratio")
        let maps = mapSides.enumerated().map { k, side in
            DefaultBoxConfiguration.SourceMap(
                size: side, minimumSizes: [sizes[2 * k], sizes[2 * k + 1]], aspectRatios: [aspectRatio])
        }
        return DefaultBoxConfiguration(imageWidth: side, imageHeight: side, maps: maps)
    }

    /// Red, green, blue; near mean 0 and deviation 1 over ordinary photos.
    public static let preprocessing = Preprocessing(
        width: side, height: side, channelOrder: .rgb,
        normalization: .affine(
            scale: [1 / 58, 1 / 57, 1 / 57], bias: [-123 / 58, -117 / 57, -104 / 57]))

    /// The detector for some classes.
    ///
    /// - Parameters:
    ///   - labels: The classes, with the background.
    ///   - defaultBoxes: Those of `defaultBoxes(sizes:aspectRatio:)`.
    ///   - iouThreshold: Overlap above which the lower of two detections of a class is dropped.
    public static func detector(
        labels: LabelMap, defaultBoxes: DefaultBoxConfiguration = defaultBoxes(), iouThreshold: Float = 0.45
    ) throws(NetworkError) -> TrainableDetector {
        precondition(labels.hasBackground && labels.count >= 2, "background and at least one class")
        return TrainableDetector(
            architecture: architecture, graph: try graph(classCount: labels.count, defaultBoxes), labels: labels,
            defaultBoxes: defaultBoxes, preprocessing: preprocessing,
            output: DetectionOutputConfiguration(
                classCount: labels.count, iouThreshold: iouThreshold, clip: .beforeSuppression))
    }

    private static func graph(
        classCount: Int, _ defaultBoxes: DefaultBoxConfiguration
    ) throws(NetworkError) -> TrainingGraph {
        var b = TrainingGraphBuilder(input: try TensorShape(height: side, width: side, channels: 3))
        func unit(
            _ x: TrainingGraph.Tensor, _ channels: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1,
            activation: Activation = .relu, _ name: String
        ) throws(NetworkError) -> TrainingGraph.Tensor {
            let y = try b.convolution(
                x, window: Window(kernel: kernel, stride: stride, padding: padding), outputChannels: channels,
                hasBias: false, name: name)
            return try b.batchNormalization(y, activation: activation, name: name + ".norm")
        }
        func residual(_ x: TrainingGraph.Tensor, _ name: String) throws(NetworkError) -> TrainingGraph.Tensor {
            let y = try unit(x, b[x].channels, name)
            return try b.add(y, x, name: name + ".sum")
        }
        // Twice the size, half the channels, by sub-pixel convolution (Shi et al. 2016, arXiv 1609.05158): a pointwise
        // convolution makes a cell's two pixels of the even row, another those of the odd row; as rows of maps are
        // contiguous, joining and reshaping put them in their places.
        func upsampled(_ x: TrainingGraph.Tensor, _ name: String) throws(NetworkError) -> TrainingGraph.Tensor {
            let shape = b[x]
            let (rows, columns, channels) = (shape.height, 2 * shape.width, shape.channels / 2)
            var parts: [TrainingGraph.Tensor] = []
            for part in ["even", "odd"] {
                let y = try unit(
                    x, 2 * channels, kernel: 1, padding: 0, activation: .none, "\(name).\(part)")
                let half = try TensorShape(height: rows, width: columns, channels: channels)
                parts.append(try b.reshape(y, to: half, name: "\(name).\(part).row"))
            }
            let joined = try b.concatenation(parts, axis: 1, name: name + ".rows")
            return try b.reshape(
                joined, to: try TensorShape(height: 2 * rows, width: columns, channels: channels), name: name)
        }
        var x = try unit(b.inputTensor, 16, stride: 2, "stem1")
        x = try unit(x, 32, stride: 2, "stem2")
        x = try residual(x, "stage1.1")
        x = try unit(x, 64, stride: 2, "stage2.0")
        x = try residual(x, "stage2.1")
        let lateral = try residual(x, "stage2.2")
        x = try unit(lateral, 128, stride: 2, "stage3.0")
        x = try residual(x, "stage3.1")
        let map19 = try residual(x, "stage3.2")
        let map38 = try b.add(lateral, try upsampled(map19, "topdown"), name: "topdown.sum")
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
