import Detectors
import Evaluation
import Images
import MultiBox
import Engine
import Networks
import Platform

/// How well a model finds what another one, its original, finds in the same photos: COCO's AP with the original's
/// detections for ground truth.
struct DetectionAgreement {
    /// COCO's AP and AP50, 0...1.
    struct Figures {
        let averagePrecision: Double
        let averagePrecision50: Double
    }

    /// A detection of the original is an object from this score on.
    static let minimumScore: Float = 0.3

    private let photos: [PhotoSource]
    private let threads: Int
    private var original: [FoundImage] = []

    /// Runs the original on the photos.
    init(original: DetectionModel, photos: [PhotoSource], threads: Int) throws {
        self.photos = photos
        self.threads = threads
        self.original = try detect(original, title: "fp32", minimumScore: Self.minimumScore)
    }

    /// Runs a model on the photos; nil if the original finds nothing in them.
    func figures(of model: DetectionModel, title: String) throws -> Figures? {
        let found = try detect(model, title: title, minimumScore: nil)
        var evaluator = COCOEvaluator(categoryIDs: original.flatMap { $0.detections.map(\.classIndex) })
        do throws(EvaluationError) {
            for (index, image) in original.enumerated() {
                try evaluator.addImage(
                    index, groundTruths: boxes(image).map { GroundTruth(box: $0.box, categoryID: $0.categoryID) })
                try evaluator.add(boxes(found[index]), imageID: index)
            }
        } catch { throw Failure("\(error)") }
        let summary = evaluator.summary()
        guard let ap = summary.averagePrecision, let ap50 = summary.averagePrecision50 else { return nil }
        return Figures(averagePrecision: ap, averagePrecision50: ap50)
    }

    private func boxes(_ image: FoundImage) -> [ScoredBox] {
        image.detections.map {
            ScoredBox($0, categoryID: $0.classIndex, imageWidth: image.size.width, imageHeight: image.size.height)
        }
    }

    private func detect(_ model: DetectionModel, title: String, minimumScore: Float?) throws -> [FoundImage] {
        let engine = try InferenceEngine.build(model, streams: threads, threadsPerStream: 1, maximumBatchSize: 1)
        let detector = Detector(engine: engine)
        let options = DetectionOptions(scoreThreshold: minimumScore)
        var progress = Progress(title: "photos, \(title)", total: photos.count)
        var found: [FoundImage] = []
        try OrderedWorkers<Result<FoundImage, Failure>>(workers: threads).run(count: photos.count) {
            [photos] worker, item in
            do {
                return .success(try detector.detect(photos[item].bytes()[...], options: options, stream: worker))
            } catch let failure as Failure { return .failure(failure) } catch {
                return .failure(Failure("\(photos[item].name): \(error)"))
            }
        } consume: { item, result in
            found.append(try result.get())
            progress.update(done: item + 1)
        }
        progress.finish()
        return found
    }
}
