import Datasets
import Detectors
import Networks
import Quantization

/// The 8-bit form of a detector whose training simulated bytes: its ranges are those that photos of the training have, its
/// weights are rounded where training rounded them.
enum EightBitDetector {
    /// Photos that ranges are taken from.
    private static let photos = 100

    /// The detector in bytes.
    ///
    /// - Parameters:
    ///   - model: The detector in floats.
    ///   - dataset: What it was trained on; photos evenly spread over it are looked at.
    static func make(
        of model: DetectionModel, from dataset: any DetectionDataset, threads: Int
    ) throws(TrainingRunError) -> DetectionModel {
        let count = min(photos, dataset.photos.count)
        do {
            let quantizer = try ModelQuantizer(model, threads: threads, equalizes: false)
            let preparer = InputPreparer(model.preprocessing)
            for index in 0..<count {
                let input = quantizer.makeInput()
                let photo = dataset.photos[index * dataset.photos.count / count]
                preparer.prepare(try dataset.pixels(of: photo), into: input)
                quantizer.observe(input)
            }
            return try quantizer.quantized(range: .minmax)
        } catch let error as DatasetError { throw .evaluation(.dataset(error)) } catch { throw .network("\(error)") }
    }
}
