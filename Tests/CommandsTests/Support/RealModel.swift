import Foundation
import TestSupport
import Testing

/// A published detector and photographs, where the shared files are.
enum RealModel {
    private static let model = "models/coco-ssd-mobilenet-v1/detect.tflite"
    private static let folder = "data/coco-val/images"

    static var isThere: Bool { SharedFiles.exist(model) && SharedFiles.exist(folder) }

    static var path: String { SharedFiles.path(model) }

    /// The first photos by name.
    static func photos(_ count: Int) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: SharedFiles.path(folder)).sorted()
        try #require(names.count >= count)
        return names.prefix(count).map { SharedFiles.path(folder) + "/" + $0 }
    }
}
