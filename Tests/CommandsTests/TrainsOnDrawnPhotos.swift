import Foundation
import TestSupport

/// Tests that run `multibox train` on a dataset of a few drawn photos.
protocol TrainsOnDrawnPhotos {
    /// Where the dataset and the runs are.
    var folder: TemporaryFolder { get }
}

extension TrainsOnDrawnPhotos {
    /// A folder with the dataset in it.
    static func drawnFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try DrawnDataset.write(to: folder)
        return folder
    }

    var data: String { folder.path + "/data" }

    /// Those of a run that takes seconds.
    func arguments(_ output: String, epochs: Int = 4, more: [String] = []) -> [String] {
        [
            "train", "--data", data, "--output", folder.path + "/" + output, "--epochs", "\(epochs)", "--batch-size",
            "2", "--evaluate-every", "2", "--checkpoint-interval", "0", "--warm-up", "2",
        ] + (more.contains("--architecture") ? [] : ["--architecture", "small-ssd300"]) + more
    }

    func bytes(_ name: String) throws -> [UInt8] { try folder.bytes(name) }

    func settings(_ run: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(try bytes(run + "/settings.json"))) as? [String: Any] ?? [:]
    }
}
