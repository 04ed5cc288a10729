import TestSupport
import Datasets
import Images
import MultiBox
import Networks
import Training

/// A detector small enough to train in a test: 32 × 32 pixels, one map of 8 × 8 cells, batch normalization. What quantization
/// must get right would only slow it down: `QuantizableModel` has that.
enum TinyDetector {
    static func make(seed: UInt64 = 3) throws -> TrainableDetector {
        let boxes = DefaultBoxConfiguration(
            imageWidth: 32, imageHeight: 32, maps: [.init(size: 8, minimumSizes: [8], maximumSizes: [16])])
        let b = TrainableNetworkBuilder(input: try TensorShape(height: 32, width: 32, channels: 3), seed: seed)
        var x = b.inputTensor
        for (index, channels) in [8, 16].enumerated() {
            x = try b.convolution(
                x, window: Window(kernel: 3, stride: 2, padding: 1), outputChannels: channels, hasBias: false,
                name: "c\(index)")
            x = try b.batchNormalization(x, activation: .relu, name: "n\(index)")
        }
        let y = try b.convolution(
            x, window: Window(kernel: 3, padding: 1), grouping: .depthwise, outputChannels: 16, name: "d")
        let z = try b.batchNormalization(y, activation: .hardSwish, name: "m")
        x = try b.layer(.add(.none), [z, x], name: "s")
        func head(_ columns: Int, _ name: String) throws -> TensorID {
            let head = try b.convolution(
                x, window: Window(kernel: 3, padding: 1), outputChannels: 2 * columns, deviation: 0.01, name: name)
            return try b.layer(.reshape, [head], shape: [128, columns], name: name + ".rows")
        }
        let outputs = [try head(4, "locations"), try head(3, "scores")]
        let model = DetectionModel(
            name: "tiny", version: "0", architecture: "tiny", network: b.build(outputs: outputs),
            locations: outputs[0], scores: outputs[1],
            preprocessing: Preprocessing(
                width: 32, height: 32, channelOrder: .rgb,
                normalization: .affine(scale: [1 / 64, 1 / 64, 1 / 64], bias: [-2, -2, -2])),
            labels: try LabelMap(names: [nil, "red", "blue"], hasBackground: true),
            defaultBoxes: .generated(boxes), coder: .ssd, output: DetectionOutputConfiguration(classCount: 3))
        return TrainableDetector(model)
    }

    static func configuration(threads: Int = 1, augmentation: Augmentation = .none) -> TrainerConfiguration {
        TrainerConfiguration(
            batchSize: 4, schedule: LearningRateSchedule(base: 0.02, warmupSteps: 5), averageDecay: 0.9,
            augmentation: augmentation, seed: 3, threads: threads)
    }

    /// A COCO folder of `count` photos of grey noise with a red and a blue square.
    static func dataset(_ folder: TemporaryFolder, count: Int = 10) throws -> COCODataset {
        var random = RandomStream(seed: 77)
        var images: [String] = []
        var annotations: [String] = []
        for id in 1...count {
            let pixels = (0..<48 * 40 * 3).map { _ in UInt8(110 + random.index(below: 30)) }
            var photo = PixelImage(width: 48, height: 40, pixels: pixels)
            for (category, color) in [SIMD3<UInt8>(220, 20, 20), SIMD3(20, 20, 220)].enumerated() {
                let side = 10 + random.index(below: 8)
                let x = category * 24 + random.index(below: 24 - side)
                let y = random.index(below: 40 - side)
                for row in y..<y + side { for column in x..<x + side { photo[column, row] = color } }
                annotations.append(
                    """
                    {"id":\(annotations.count + 1),"image_id":\(id),"category_id":\(category + 1),\
                    "bbox":[\(x),\(y),\(side),\(side)]}
                    """)
            }
            images.append("{\"id\":\(id),\"file_name\":\"\(id).png\",\"width\":48,\"height\":40}")
            try folder.write("images/\(id).png", try ImageEncoder.png(photo))
        }
        try folder.write(
            "instances.json",
            """
            {"images":[\(images.joined(separator: ","))],
             "categories":[{"id":1,"name":"red"},{"id":2,"name":"blue"}],
             "annotations":[\(annotations.joined(separator: ","))]}
            """)
        return try COCODataset(root: folder.path)
    }
}
