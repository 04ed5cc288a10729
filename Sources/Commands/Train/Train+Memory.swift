import Datasets
import Networks
import Platform
import Training

/// The memory of a run, told before it is taken.
extension Train {
    /// Tells how much memory training takes, and refuses what this machine or container does not have.
    func checkMemory(
        _ detector: TrainableDetector, on dataset: any DetectionDataset, _ configuration: TrainerConfiguration
    ) throws {
        let (total, has) = (try TrainingMemory(detector, on: dataset, configuration).total, AvailableMemory.bytes)
        guard total > has else { return StandardError.write("takes about \(gigabytes(total)) of memory\n") }
        func need(_ change: (inout TrainerConfiguration) -> Void) throws -> Int {
            var other = configuration
            change(&other)
            return try TrainingMemory(detector, on: dataset, other).total
        }
        let least = try need { ($0.batchSize, $0.accumulation) = (1, 1) }
        var advice =
            "\(least <= has ? "--batch-size 1 would take" : "even a photo at a time would take") \(gigabytes(least))"
        for parts in 2...max(2, configuration.batchSize)
        where configuration.batchSize.isMultiple(of: parts) && parts > configuration.accumulation {
            let less = try need { $0.accumulation = parts }
            guard less <= has else { continue }
            advice = "--accumulate \(parts) would take \(gigabytes(less)), a smaller --batch-size less too"
            break
        }
        throw Failure(
            "training would take about \(gigabytes(total)) of memory, and this machine or container has "
                + "\(gigabytes(has)); \(advice)")
    }

    private func gigabytes(_ bytes: Int) -> String {
        (Double(bytes) / 1e9).fixed(bytes < 10_000_000_000 ? 2 : 0) + " GB"
    }
}
