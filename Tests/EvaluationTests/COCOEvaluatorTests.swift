import Evaluation
import Foundation
import TestSupport
import Testing

/// COCO's figures against those of the official code.
@Suite struct COCOEvaluatorTests {
    private func expect(_ value: Double?, _ expected: Double?, within tolerance: Double, _ name: String) {
        switch (value, expected) {
        case (nil, nil): break
        case (let value?, let expected?): #expect(abs(value - expected) <= tolerance, "\(name)")
        default: Issue.record("\(name): \(String(describing: value)), not \(String(describing: expected))")
        }
    }

    @Test func agreesWithPycocotools() throws {
        let expected = try EvaluationFixture.expected()
        let summary = try EvaluationFixture.evaluate(
            instances: EvaluationFixture.bytes("instances.json"), results: EvaluationFixture.bytes("detections.json"))
        #expect(summary.figures.count == 12 && expected.stats.count == 12)
        for (figure, value) in zip(summary.figures, expected.stats) {
            expect(figure.value, value, within: 1e-12, figure.name)
        }
        #expect(summary.categories.count == expected.categories.count)
        for category in summary.categories {
            let name = String(category.categoryID)
            expect(category.averagePrecision(), try #require(expected.categories[name]), within: 1e-12, name)
            let precision = try #require(expected.precision50[name])
            if let curve = category.curve() {
                let levels = (0...100).map { Double($0) * 0.01 }
                let interpolated = curve.interpolatedPrecision(at: levels)
                for (a, b) in zip(interpolated, precision) { #expect(abs(a - b) < 1e-12) }
                expect(category.averagePrecision50, precision.reduce(0, +) / 101, within: 1e-12, name)
            } else {
                #expect(precision.allSatisfy { $0 == -1 })
                #expect(category.averagePrecision50 == nil && category.averageRecall() == nil)
            }
        }
    }

    @Test(.enabled(if: SharedFiles.exist("metrics/coco-sample"), Comment(rawValue: SharedFiles.absence)))
    func agreesOnAHundredPhotos() throws {
        let summary = try EvaluationFixture.evaluate(
            instances: SharedFiles.bytes("metrics/coco-sample/instances.json"),
            results: SharedFiles.bytes("metrics/coco-sample/detections.json"))
        let expected = [
            0.503647, 0.696973, 0.571667, 0.593252, 0.557991, 0.489363, 0.386813, 0.593680, 0.595353, 0.654764,
            0.603130,
            0.553744,
        ]
        #expect(summary.figures.count == expected.count)
        for (figure, value) in zip(summary.figures, expected) {
            expect(figure.value, value, within: 1e-6, figure.name)
        }
    }

    @Test(
        .enabled(
            if: SharedFiles.exist("golden/coco-ssd-mobilenet-v1_litert_stats.json"),
            Comment(rawValue: SharedFiles.absence)))
    func agreesOnARealDetector() throws {
        let summary = try EvaluationFixture.evaluate(
            instances: SharedFiles.bytes("data/coco-val/instances.json"),
            results: SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_litert_detections.json"))
        let bytes = try SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_litert_stats.json")
        let expected = try JSONDecoder().decode([String: Double].self, from: Data(bytes))
        #expect(summary.figures.count == expected.count)
        for figure in summary.figures {
            expect(figure.value, expected[figure.name], within: 1e-6, figure.name)
        }
    }

    private func truth(_ x: Double, _ side: Double, isCrowd: Bool = false) -> GroundTruth {
        GroundTruth(
            box: PixelBox(x: x, y: 0, width: side, height: side), categoryID: 1, isCrowd: isCrowd)
    }

    private func found(_ x: Double, _ side: Double, _ score: Double) -> ScoredBox {
        ScoredBox(box: PixelBox(x: x, y: 0, width: side, height: side), categoryID: 1, score: score)
    }

    @Test func workedByHand() throws {
        var evaluator = COCOEvaluator(categoryIDs: [1, 2])
        try evaluator.addImage(1, groundTruths: [truth(0, 50), truth(100, 50)])
        try evaluator.addImage(2, groundTruths: [])
        // One object exactly, one box of nothing, and the other object never.
        try evaluator.add([found(0, 50, 0.9)], imageID: 1)
        try evaluator.add([found(0, 50, 0.95)], imageID: 2)
        let summary = evaluator.summary()
        // Precision ½ up to recall ½: 51 of 101 levels.
        let expected = 0.5 * 51 / 101
        #expect(abs(try #require(summary.averagePrecision) - expected) < 1e-12)
        #expect(summary.averageRecall100 == 0.5)
        #expect(abs(try #require(summary.averagePrecisionMedium) - expected) < 1e-12)
        #expect(summary.averagePrecisionSmall == nil)
        #expect(summary.categories[1].averagePrecision() == nil)
    }

    @Test func aCrowdTakesAnyNumberOfDetections() throws {
        var evaluator = COCOEvaluator(categoryIDs: [1])
        try evaluator.addImage(1, groundTruths: [truth(0, 50), truth(100, 200, isCrowd: true)])
        try evaluator.add([found(0, 50, 0.5), found(110, 40, 0.9), found(160, 40, 0.8)], imageID: 1)
        #expect(evaluator.summary().averagePrecision == 1)
    }

    @Test func nothingAtAll() throws {
        let empty = COCOEvaluator(categoryIDs: []).summary()
        #expect(empty.figures.count == 12 && empty.figures.allSatisfy { $0.value == nil })
        var evaluator = COCOEvaluator(categoryIDs: [1])
        try evaluator.addImage(1, groundTruths: [truth(0, 50)])
        #expect(evaluator.summary().averagePrecision == 0)
        #expect(evaluator.summary().averageRecall1 == 0)
    }

    @Test func whatCannotBeJudgedIsRefused() throws {
        var evaluator = COCOEvaluator(categoryIDs: [1])
        try evaluator.addImage(1, groundTruths: [])
        #expect(throws: EvaluationError.duplicateImage(1)) { try evaluator.addImage(1, groundTruths: []) }
        #expect(throws: EvaluationError.unknownImage(2)) { try evaluator.add([found(0, 1, 1)], imageID: 2) }
        #expect(throws: EvaluationError.invalidDetection(imageID: 1, index: 1)) {
            try evaluator.add([found(0, 1, 1), found(0, 1, .nan)], imageID: 1)
        }
        #expect(throws: EvaluationError.invalidDetection(imageID: 1, index: 0)) {
            try evaluator.add([found(.infinity, 1, 1)], imageID: 1)
        }
        #expect(throws: EvaluationError.invalidGroundTruth(imageID: 3, index: 0)) {
            try evaluator.addImage(3, groundTruths: [truth(0, -1)])
        }
    }
}
