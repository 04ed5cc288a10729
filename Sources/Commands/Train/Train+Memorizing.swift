import Datasets
import Networks
import Training

/// A detector that knows the photos it was trained on, and no others.
extension Train {
    /// The difference of AP50 from which it is told, and the photos on which it is looked for.
    private static let (tellingDifference, photosLookedAt) = (0.25, 100)

    /// Tells where the best detector is much better on photos it was trained on than on those it was not.
    func warnOfMemorizing(
        _ best: DetectionModel, _ validation: DetectorEvaluation, _ training: any DetectionDataset
    ) throws {
        let count = min(training.photos.count, Self.photosLookedAt)
        let part = DatasetPart(of: training, at: (0..<count).map { $0 * training.photos.count / count })
        let known: DetectorEvaluation
        do { known = try DetectorEvaluation(best, on: part, threads: threads.count) } catch {
            throw Failure("\(error)")
        }
        let (seen, unseen) = (known.averagePrecision50, validation.averagePrecision50)
        guard seen - unseen >= Self.tellingDifference else { return }
        StandardError.write(
            "multibox: it finds much more on photos it was trained on (AP50 \(seen.fixed(2))) than on others "
                + "(\(unseen.fixed(2))): it knows these by heart. More photos, as different as those it will see, help most\n"
        )
    }
}
