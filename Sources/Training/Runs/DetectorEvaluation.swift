import Evaluation
import Images
import MultiBox
import Networks

/// Measures a detector on a dataset as Pascal VOC does: mean average precision at an overlap of one half.
public enum DetectorEvaluation {
    /// The result of a model with float input on all photos of a dataset.
    ///
    /// - Throws: `DatasetError`, `EngineError` or `EvaluationError`.
    public static func evaluate(
        _ model: DetectionModel, on dataset: some DetectionDataset, threads: Int,
        averagePrecision: AveragePrecision = .allPoint
    ) throws -> VOCSummary {
        precondition(model.preprocessing.normalization != .bytes, "a model with float input")
        let engine = try InferenceEngine(
            model: model, configuration: EngineConfiguration(threadsPerStream: threads, maximumBatchSize: 1))
        let resampler = Resampler(width: model.preprocessing.width, height: model.preprocessing.height)
        let normalization = PixelNormalization(model.preprocessing)
        let classes = (1..<model.labels.count).filter { model.labels.name(of: $0) != nil }
        var evaluator = VOCEvaluator(categoryIDs: classes, averagePrecision: averagePrecision)
        for photo in dataset.photos {
            let (width, height) = (photo.size.width, photo.size.height)
            let pixels = try dataset.pixels(of: photo)
            let input = engine.makeInput()
            input.withUnsafeMutableBytes { bytes in
                resampler.resample(pixels, normalization: normalization, into: bytes.bindMemory(to: Float.self))
            }
            let detections = engine.detect([input], options: [DetectionOptions()]).detections[0]
            let truths = photo.objects.map { object in
                GroundTruth(
                    box: PixelBox(object.box, imageWidth: width, imageHeight: height), categoryID: object.classIndex,
                    isCrowd: object.isCrowd, isDifficult: object.isDifficult)
            }
            try evaluator.addImage(photo.id, groundTruths: truths)
            try evaluator.add(
                detections.map {
                    ScoredBox($0, categoryID: $0.classIndex, imageWidth: width, imageHeight: height)
                }, imageID: photo.id)
        }
        return evaluator.summary()
    }
}
