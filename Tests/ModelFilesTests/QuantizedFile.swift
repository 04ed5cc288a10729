import ModelFiles
import TestSupport

/// A TensorFlow Lite file with what the reader of quantized detectors must get right: 8×8 photos, two source maps of 4×4 and
/// 2×2 cells with one box each, two classes and the background, ending in `TFLite_Detection_PostProcess`. Its weights find
/// nothing: to find something, there is `ColorDetector`.
enum QuantizedFile {
    static let boxes = 20
    static let columns = 3

    static let options: [String: FlexBufferWriter.Value] = [
        "max_detections": .integer(7), "max_classes_per_detection": .integer(1), "num_classes": .integer(2),
        "nms_score_threshold": .float(0.25), "nms_iou_threshold": .float(0.5), "x_scale": .float(10),
        "y_scale": .float(11), "w_scale": .float(5), "h_scale": .float(6), "use_regular_nms": .bool(false),
    ]

    /// Default box `index` as stored: y, x, h, w in bytes of 1/64.
    static func storedBox(_ index: Int) -> [UInt8] { [UInt8(index), UInt8(2 * index + 1), 16, 20] }

    /// The file; `isSigned` stores activations and weights as signed bytes, weights with a scale each channel.
    static func file(
        isSigned: Bool = false, options: [String: FlexBufferWriter.Value] = QuantizedFile.options
    ) -> [UInt8] {
        var writer = TFLiteWriter()
        let type: TFLiteElementType = isSigned ? .int8 : .uint8
        let shift = isSigned ? 128 : 0
        func activation(_ writer: inout TFLiteWriter, _ name: String, _ shape: [Int], _ scale: Float, _ zero: Int)
            -> Int
        {
            writer.tensor(name, shape, type, .init(scale, zero - shift))
        }
        func convolution(
            _ writer: inout TFLiteWriter, _ name: String, _ x: Int, from inputs: Int, to outputs: Int, kernel: Int,
            stride: Int, size: Int, scale: Float, zero: Int, fused: Int, isDepthwise: Bool = false
        ) -> Int {
            let shape = isDepthwise ? [1, kernel, kernel, outputs] : [outputs, kernel, kernel, inputs]
            let weights = (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 100) }
            let scaling: TFLiteWriter.Scaling =
                isSigned
                ? .init(scales: (0..<outputs).map { 0.01 + 0.001 * Float($0) }, axis: isDepthwise ? 3 : 0)
                : .init(0.01, 120)
            let w = writer.tensor(name + "/weights", shape, type, scaling, data: weights)
            let b = writer.integers(name + "/bias", [outputs], (0..<outputs).map { 10 * $0 })
            let y = activation(&writer, name, [1, size, size, outputs], scale, zero)
            let extra: [Int: FlatBufferNode] =
                isDepthwise ? [3: .int32(1), 4: .int8(fused)] : [3: .int8(fused)]
            writer.add(
                isDepthwise ? .depthwiseConv2D : .conv2D, [x, w, b], y,
                options: [0: .int8(0), 1: .int32(stride), 2: .int32(stride)].merging(extra) { $1 })
            return y
        }
        func rows(_ writer: inout TFLiteWriter, _ name: String, _ x: Int, _ shape: [Int], _ scale: Float, _ zero: Int)
            -> Int
        {
            let target = writer.integers(name + "/shape", [3], shape)
            let y = activation(&writer, name, shape, scale, zero)
            writer.add(.reshape, [x, target], y)
            return y
        }
        let photo = activation(&writer, "photo", [1, 8, 8, 3], 0.0078125, 128)
        let stem = convolution(
            &writer, "stem;fused/Relu6", photo, from: 3, to: 4, kernel: 3, stride: 2, size: 4, scale: 0.0235, zero: 0,
            fused: 3)
        let deep = convolution(
            &writer, "deep", stem, from: 4, to: 4, kernel: 3, stride: 2, size: 2, scale: 0.03, zero: 0, fused: 1,
            isDepthwise: true)
        var offsets: [Int] = []
        var scores: [Int] = []
        for (level, (map, size)) in [(stem, 4), (deep, 2)].enumerated() {
            // The second map's heads have other scales than what they are joined to.
            let scale: Float = level == 0 ? 0.05 : 0.04
            let box = convolution(
                &writer, "box\(level)", map, from: 4, to: 4, kernel: 1, stride: 1, size: size, scale: scale, zero: 130,
                fused: 0)
            offsets.append(rows(&writer, "box\(level)/rows", box, [1, size * size, 4], scale, 130))
            let score = convolution(
                &writer, "score\(level)", map, from: 4, to: columns, kernel: 1, stride: 1, size: size, scale: scale,
                zero: 128, fused: 0)
            scores.append(rows(&writer, "score\(level)/rows", score, [1, -1, columns], scale, 128))
        }
        let allOffsets = activation(&writer, "offsets", [1, boxes, 4], 0.05, 130)
        writer.add(.concatenation, offsets, allOffsets, options: [0: .int32(1)])
        let allScores = activation(&writer, "scores", [1, boxes, columns], 0.05, 128)
        writer.add(.concatenation, scores, allScores, options: [0: .int32(-2)])
        let confidences = activation(&writer, "confidences", [1, boxes, columns], 1 / 256, 0)
        writer.add(.logistic, [allScores], confidences)
        let anchors = writer.tensor(
            "anchors", [boxes, 4], .uint8, .init(1 / 64, 0), data: (0..<boxes).flatMap { storedBox($0) })
        let detections = (0..<4).map { writer.tensor("detections\($0)", []) }
        writer.custom(
            "TFLite_Detection_PostProcess", [allOffsets, confidences, anchors], detections,
            options: FlexBufferWriter.map(options))
        return writer.bytes(inputs: [photo], outputs: detections)
    }
}
