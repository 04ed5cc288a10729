import Datasets
import Evaluation
import Images
import MultiBox
import Engine
import Networks

/// What a detector finds on a dataset, and how good that is.
public struct DetectorEvaluation: Sendable {
    /// A photo, what it shows and what was found.
    public struct Photo: Sendable {
        /// The photo, with its objects.
        public var photo: DatasetPhoto
        /// What was found, best first, normalised to the photo.
        public var detections: [Detection]
    }

    /// The photos, in the dataset's order.
    public let photos: [Photo]
    /// COCO's figures; categories are the indices of the classes.
    public let coco: COCOSummary
    /// What each kind of mistake costs.
    public let errors: DetectionErrorAnalysis
    /// Pascal VOC's mean average precision at an overlap of one half, over all points.
    public let voc: VOCSummary

    /// COCO's average precision over overlaps of .5 to .95; 0 without objects.
    public var averagePrecision: Double { coco.averagePrecision ?? 0 }
    /// COCO's average precision at an overlap of one half; 0 without objects.
    public var averagePrecision50: Double { coco.averagePrecision50 ?? 0 }

    /// Runs a model with float input on all photos of a dataset.
    public init(
        _ model: DetectionModel, on dataset: any DetectionDataset, threads: Int
    ) throws(DetectorEvaluationError) {
        precondition(model.preprocessing.normalization != .bytes, "a model with float input")
        let photos = try Self.detect(model, dataset, threads: threads)
        let classes = (1..<model.labels.count).filter { model.labels.name(of: $0) != nil }
        var coco = COCOEvaluator(categoryIDs: classes)
        var voc = VOCEvaluator(categoryIDs: classes, averagePrecision: .allPoint)
        for entry in photos {
            let (width, height) = (entry.photo.size.width, entry.photo.size.height)
            let truths = entry.photo.objects.map { object in
                GroundTruth(
                    box: PixelBox(object.box, imageWidth: width, imageHeight: height), categoryID: object.classIndex,
                    isCrowd: object.isCrowd, isDifficult: object.isDifficult)
            }
            let boxes = entry.detections.map {
                ScoredBox($0, categoryID: $0.classIndex, imageWidth: width, imageHeight: height)
            }
            do {
                try coco.addImage(entry.photo.id, groundTruths: truths)
                try coco.add(boxes, imageID: entry.photo.id)
                try voc.addImage(entry.photo.id, groundTruths: truths)
                try voc.add(boxes, imageID: entry.photo.id)
            } catch { throw .evaluation(error) }
        }
        self.photos = photos
        self.coco = coco.summary()
        errors = coco.errorAnalysis()
        self.voc = voc.summary()
    }

    private static func detect(
        _ model: DetectionModel, _ dataset: any DetectionDataset, threads: Int
    ) throws(DetectorEvaluationError) -> [Photo] {
        let engine: InferenceEngine
        do {
            engine = try InferenceEngine(
                model: model, configuration: EngineConfiguration(threadsPerStream: threads, maximumBatchSize: 1))
        } catch { throw .engine(error) }
        let resampler = Resampler(width: model.preprocessing.width, height: model.preprocessing.height)
        let normalization = PixelNormalization(model.preprocessing)
        var photos: [Photo] = []
        photos.reserveCapacity(dataset.photos.count)
        for photo in dataset.photos {
            let pixels: PixelImage
            do { pixels = try dataset.pixels(of: photo) } catch { throw .dataset(error) }
            let input = engine.makeInput()
            input.withUnsafeMutableBytes { bytes in
                resampler.resample(pixels, normalization: normalization, into: bytes.bindMemory(to: Float.self))
            }
            var detections = engine.detect([input], options: [DetectionOptions()]).detections[0]
            for index in detections.indices { detections[index].box = detections[index].box.clipped() }
            photos.append(Photo(photo: photo, detections: detections))
        }
        return photos
    }
}
