import Evaluation
import Foundation

/// A small data set with what pycocotools says of it; the script that made both is beside the files.
enum EvaluationFixture {
    struct Expected: Decodable {
        /// The twelve figures in the official order.
        var stats: [Double?]
        /// The average precision of each category.
        var categories: [String: Double?]
        /// The precision of each category at 101 recall levels and overlap 0.5; −1 where there is nothing to be found.
        var precision50: [String: [Double]]
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("../Fixtures/coco-evaluation/" + name)))
    }

    static func expected() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(bytes("expected.json")))
    }

    /// Judges a file of results on a file of truths.
    static func evaluate(instances: [UInt8], results: [UInt8]) throws -> COCOSummary {
        var evaluator = try COCOEvaluator(COCOInstances(parsing: instances))
        for result in try COCOResults(parsing: results).results {
            try evaluator.add([result.detection], imageID: result.imageID)
        }
        return evaluator.summary()
    }
}
