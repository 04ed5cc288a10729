import Detectors
import Foundation
import Images
import MultiBox
import Platform

/// A folder for photos with their detections drawn.
struct AnnotationFolder {
    private let path: String
    /// Names that were given, so that two photos of one name do not become one file.
    private var taken: Set<String> = []

    /// Makes the folder if it is not there.
    init(_ path: String) throws {
        self.path = path
        do { try OutputFolder.make(path) } catch { throw Failure("\(error)") }
    }

    /// Where the annotated picture of a photo goes: its name with `.jpg`, or `.png` for a PNG.
    mutating func file(for photo: String, isPNG: Bool) -> String {
        let stem = photo == "-" ? "stdin" : ((photo as NSString).lastPathComponent as NSString).deletingPathExtension
        var name = stem
        var number = 2
        while !taken.insert(name.lowercased()).inserted {
            name = "\(stem)-\(number)"
            number += 1
        }
        return (path as NSString).appendingPathComponent(name + (isPNG ? ".png" : ".jpg"))
    }

    /// A photo with its detections drawn, encoded as its file's name says.
    static func picture(
        _ bytes: [UInt8], _ image: FoundImage, for path: String, by detector: Detector
    ) throws -> [UInt8] {
        do {
            return try AnnotatedPhoto(limits: detector.decoder.limits, labels: detector.labels).picture(
                bytes[...], image, isPNG: path.hasSuffix(".png"))
        } catch { throw Failure("\(path): \(error)") }
    }
}
