import ModelFiles
import MultiBox
import Networks
import Platform

/// A float SSD that is simple enough to be worked by hand: 32×32 photos, one default box for each cell of a 4×4 grid, found
/// as the class of a colour with confidence 1 / (1 + e^(6 − 12 m)), where m is the colour's mean over the cell, 0…1.
///
/// Class 0 is the background; 1, 2 and 3 are red, green and blue; those beyond are never found.
package enum ColorDetector {
    /// Cells along a side.
    package static let side = 4
    /// The text of a label file.
    package static let labels = "???\nred\ngreen\nblue\n"
    /// The names of the classes.
    package static let names: [String?] = [nil, "red", "green", "blue"]
    /// 1 / (1 + e⁻⁶), to the four decimals of an answer.
    package static let fullScore = 0.9975
    /// The default of `maxDetections`.
    package static let maxDetections = 16

    private static func options(classes: Int) -> [String: FlexBufferWriter.Value] {
        [
            "max_detections": .integer(Int32(maxDetections)), "max_classes_per_detection": .integer(1),
            "num_classes": .integer(Int32(classes)), "nms_score_threshold": .float(0.1),
            "nms_iou_threshold": .float(0.5),
            "x_scale": .float(10), "y_scale": .float(10), "w_scale": .float(5), "h_scale": .float(5),
            "use_regular_nms": .bool(false),
        ]
    }

    /// The detector as a model: sizes, scores and boxes are those of the file, what becomes of them is what SSD does.
    ///
    /// - Parameter classes: The names of its classes, the background first.
    package static func model(
        name: String = "colors", channels: ChannelOrder = .rgb, classes: [String?] = names
    ) throws -> DetectionModel {
        let file = try TFLiteDetector(TFLiteFile(bytes: file(classes: classes.count - 1)))
        var preprocessing = file.preprocessing
        preprocessing.channelOrder = channels
        return DetectionModel(
            name: name, version: "01234567", architecture: "tiny", network: file.network, locations: file.locations,
            scores: file.scores, preprocessing: preprocessing,
            labels: try LabelMap(names: classes, hasBackground: true), defaultBoxes: file.defaultBoxes,
            coder: file.coder,
            output: DetectionOutputConfiguration(
                classCount: classes.count, activation: .identity, maxDetections: 100))
    }

    /// The file. The names of its tensors begin with `prefix`: another prefix makes another file that finds the same.
    ///
    /// - Parameter classes: How many there are beside the background.
    package static func file(prefix: String = "", classes: Int = 3) -> [UInt8] {
        let (cells, columns) = (side * side, classes + 1)
        var writer = TFLiteWriter()
        let photo = writer.tensor(prefix + "photo", [1, 32, 32, 3])
        func head(
            _ writer: inout TFLiteWriter, _ name: String, _ columns: Int, weights: [Float], bias: [Float]
        ) -> Int {
            let w = writer.floats(prefix + name + "/weights", [columns, 8, 8, 3], weights)
            let b = writer.floats(prefix + name + "/bias", [columns], bias)
            let map = writer.tensor(prefix + name, [1, side, side, columns])
            writer.add(.conv2D, [photo, w, b], map, options: [0: .int8(1), 1: .int32(8), 2: .int32(8), 3: .int8(0)])
            let shape = writer.integers(prefix + name + "/shape", [3], [1, cells, columns])
            let rows = writer.tensor(prefix + name + "/rows", [1, cells, columns])
            writer.add(.reshape, [map, shape], rows)
            return rows
        }
        let offsets = head(
            &writer, "offsets", 4, weights: Array(repeating: 0, count: 4 * 64 * 3), bias: [0, 0, 0, 0])
        // [column, y, x, channel]: class c looks at channel c − 1, whose values are 2 m − 1.
        var weights: [Float] = []
        for column in 0..<columns {
            for _ in 0..<64 { for channel in 0..<3 { weights.append(column == channel + 1 ? 6.0 / 64 : 0) } }
        }
        let scores = head(
            &writer, "scores", columns, weights: weights, bias: (0..<columns).map { (1...3).contains($0) ? 0 : -20 })
        let confidences = writer.tensor(prefix + "confidences", [1, cells, columns])
        writer.add(.logistic, [scores], confidences)
        let step = 1 / Float(side)
        var boxes: [Float] = []
        for cell in 0..<cells {
            let (row, column) = (Float(cell / side), Float(cell % side))
            boxes += [(row + 0.5) * step, (column + 0.5) * step, step, step]
        }
        let anchors = writer.floats(prefix + "anchors", [cells, 4], boxes)
        let detections = (0..<4).map { writer.tensor(prefix + "detections\($0)", []) }
        writer.custom(
            "TFLite_Detection_PostProcess", [offsets, confidences, anchors], detections,
            options: FlexBufferWriter.map(options(classes: classes)))
        return writer.bytes(inputs: [photo], outputs: detections)
    }
}
