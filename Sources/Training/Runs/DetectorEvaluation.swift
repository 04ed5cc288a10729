import Datasets
import Detectors
import Engine
import Evaluation
import Images
import MultiBox
import Networks
import Platform

/// What a detector finds on a dataset, and how good that is.
public struct DetectorEvaluation: Sendable {
    /// A photo, what it shows and what was found.
    public struct Photo: Sendable {
        /// The photo, with its objects.
        public var photo: DatasetPhoto
        /// What was found, best first, normalised to the photo and clipped to it; classes are those of the dataset.
        public var detections: [Detection]

        /// What a detector found in a photo, best first.
        ///
        /// - Parameter classes: the class of the dataset that each class of the detector is; what is of another is left
        ///   out. Without, they are the same.
        public init(_ photo: DatasetPhoto, detections: [Detection], classes: [Int: Int]?) {
            self.photo = photo
            self.detections = detections.compactMap { detection -> Detection? in
                var detection = detection
                detection.box = detection.box.clipped()
                guard let classes else { return detection }
                guard let classIndex = classes[detection.classIndex] else { return nil }
                detection.classIndex = classIndex
                return detection
            }
        }

        /// What was found, in pixels; categories are the indices of the classes.
        public var boxes: [ScoredBox] {
            detections.map {
                ScoredBox(
                    $0, categoryID: $0.classIndex, imageWidth: photo.size.width, imageHeight: photo.size.height)
            }
        }
    }

    /// The photos, in the dataset's order.
    public let photos: [Photo]
    /// COCO's figures; categories are the indices of the classes.
    public let coco: COCOSummary
    /// What each kind of mistake costs.
    public let errors: DetectionErrorAnalysis
    private let classes: [Int]

    /// COCO's average precision over overlaps of .5 to .95; 0 without objects.
    public var averagePrecision: Double { coco.averagePrecision ?? 0 }
    /// COCO's average precision at an overlap of one half; 0 without objects.
    public var averagePrecision50: Double { coco.averagePrecision50 ?? 0 }

    /// Pascal VOC's mean average precision at an overlap of one half.
    public func voc(_ kind: AveragePrecision) throws(EvaluationError) -> VOCSummary {
        var evaluator = VOCEvaluator(categoryIDs: classes, averagePrecision: kind)
        for entry in photos {
            try evaluator.addImage(entry.photo.id, groundTruths: entry.photo.truths)
            try evaluator.add(entry.boxes, imageID: entry.photo.id)
        }
        return evaluator.summary()
    }

    /// Runs a detector on all photos of a dataset, one on each of its engine's streams.
    ///
    /// - Parameters:
    ///   - classes: the class of the dataset that each class of the model is; others are not looked for. Without, they are
    ///     the same.
    ///   - maxDetections: the most detections of a photo; without, the model's own number, for each part of a photo.
    ///   - tiling: the parts of photos that are looked at beside the whole; nil for none.
    ///   - observe: called for each photo in the dataset's order, with what was forgiven of its file.
    public init(
        _ detector: Detector, on dataset: any DetectionDataset, classes: [Int: Int]? = nil,
        maxDetections: Int? = nil, tiling: Tiling? = nil,
        observe: (_ photo: Int, _ found: FoundImage) -> Void = { _, _ in }
    ) throws(DetectorEvaluationError) {
        let options = DetectionOptions(maxDetections: maxDetections, classes: classes.map { Set($0.keys) })
        var photos: [Photo] = []
        photos.reserveCapacity(dataset.photos.count)
        let workers = OrderedWorkers<Result<FoundImage, DatasetError>>(workers: detector.engine.configuration.streams)
        do throws(DatasetError) {
            try workers.run(count: dataset.photos.count) { stream, index in
                Result { () throws(DatasetError) in
                    let photo = try dataset.read(dataset.photos[index], size: \TiledPhoto.size) {
                        (bytes) throws(ImageError) in
                        try detector.prepare(bytes[...], detector.grid(of: bytes[...], tiling))
                    }
                    return detector.detect(photo, options: options, stream: stream)
                }
            } consume: { (index, result) throws(DatasetError) in
                let found = try result.get()
                observe(index, found)
                photos.append(Photo(dataset.photos[index], detections: found.detections, classes: classes))
            }
        } catch { throw .dataset(error) }
        try self.init(photos, of: dataset)
    }

    /// How good it is what was found in the photos of a dataset, by whatever detector.
    public init(_ photos: [Photo], of dataset: any DetectionDataset) throws(DetectorEvaluationError) {
        var coco = COCOEvaluator(categoryIDs: dataset.classes)
        do throws(EvaluationError) {
            for entry in photos {
                try coco.addImage(entry.photo.id, groundTruths: entry.photo.truths)
                try coco.add(entry.boxes, imageID: entry.photo.id)
            }
        } catch { throw .evaluation(error) }
        self.photos = photos
        self.classes = dataset.classes
        self.coco = coco.summary()
        errors = coco.errorAnalysis()
    }

    /// Runs a model on all photos of a dataset, a stream on each of `threads` threads.
    public init(
        _ model: DetectionModel, on dataset: any DetectionDataset, threads: Int
    ) throws(DetectorEvaluationError) {
        let engine: InferenceEngine
        do {
            engine = try InferenceEngine(
                model: model, configuration: EngineConfiguration(streams: threads, maximumBatchSize: 1))
        } catch { throw .engine(error) }
        try self.init(Detector(engine: engine), on: dataset)
    }
}
