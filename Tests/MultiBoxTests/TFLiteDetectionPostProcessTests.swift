import Foundation
import MultiBox
import Testing

/// TensorFlow Lite's own operation, by what LiteRT answers: the golden cases carry the script that made them.
@Suite struct TFLiteDetectionPostProcessTests {
    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var columns: Int
        var options: Options
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var anchors_yxhw: [Float]
        var loc: [Float]
        var conf: [Float]
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var boxes_yxyx: [Float]
        var classes: [Int]
        var scores: [Float]
        var testDescription: String { name }

        // The operation's own names.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        struct Options: Decodable, Sendable {
            var max_detections: Int
            var max_classes_per_detection: Int
            var detections_per_class: Int
            var use_regular_nms: Bool
            var nms_score_threshold: Float
            var nms_iou_threshold: Float
            var num_classes: Int
            var y_scale: Float
            var x_scale: Float
            var h_scale: Float
            var w_scale: Float
        }
    }

    static func cases() throws -> [Golden] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = folder.appendingPathComponent("../Fixtures/tflite-detection-postprocess/cases.json")
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    }

    @Test(arguments: try cases())
    func agreesWithLiteRT(_ golden: Golden) throws {
        let options = golden.options
        let operation = TFLiteDetectionPostProcess(
            maxDetections: options.max_detections, maxClassesPerDetection: options.max_classes_per_detection,
            detectionsPerClass: options.detections_per_class, useRegularNMS: options.use_regular_nms,
            nmsScoreThreshold: options.nms_score_threshold, nmsIoUThreshold: options.nms_iou_threshold,
            classCount: options.num_classes,
            scales: Variances(x: options.x_scale, y: options.y_scale, width: options.w_scale, height: options.h_scale))
        var outputs = RandomOutputs(seed: 1, priors: 0, classes: 1)
        outputs.loc = golden.loc
        outputs.conf = golden.conf
        outputs.boxes = stride(from: 0, to: golden.anchors_yxhw.count, by: 4).map {
            let yxhw = golden.anchors_yxhw[$0..<$0 + 4].map { $0 }
            return CenterBox(cx: yxhw[1], cy: yxhw[0], w: yxhw[3], h: yxhw[2])
        }
        let output = try DetectionOutput(
            configuration: operation.configuration(columns: golden.columns), coder: operation.coder,
            defaultBoxes: outputs.boxes)
        let detections = outputs.detections(output)
        #expect(detections.map { $0.classIndex - (golden.columns - options.num_classes) } == golden.classes)
        #expect(detections.map(\.score) == golden.scores)
        // LiteRT's exponential differs in the last place.
        for (index, detection) in detections.enumerated() {
            let box = [detection.box.ymin, detection.box.xmin, detection.box.ymax, detection.box.xmax]
            for (a, b) in zip(box, golden.boxes_yxyx[index * 4..<index * 4 + 4]) { #expect(abs(a - b) <= 2e-7) }
        }
    }

    @Test(arguments: [0, 5, 8])
    func columnsMustFitTheClasses(columns: Int) {
        let operation = TFLiteDetectionPostProcess(
            maxDetections: 10, nmsScoreThreshold: 0.1, nmsIoUThreshold: 0.6, classCount: 6)
        #expect(throws: MultiBoxError.invalidClassCount(6, limit: columns)) {
            try operation.configuration(columns: columns)
        }
    }
}
