import Foundation
import Images
import Serving

/// A folder for photos with their detections drawn.
struct AnnotationFolder {
    private let path: String
    /// Names that were given, so that two photos of one name do not become one file.
    private var taken: Set<String> = []

    /// Makes the folder if it is not there.
    init(_ path: String) throws {
        self.path = path
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw Failure("cannot make the folder \(path): \(FileReading.reason(error))")
        }
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

    /// Writes a photo with its detections drawn.
    static func write(
        _ bytes: [UInt8], _ image: FoundImage, to path: String, limits: ImageLimits, nameOfClass: (Int) -> String
    ) throws {
        let isPNG = path.hasSuffix(".png")
        let picture: [UInt8]
        do {
            picture = try AnnotatedPhoto(limits: limits).picture(
                bytes[...], image, isPNG: isPNG, nameOfClass: nameOfClass)
        } catch { throw Failure("\(path): \(error)") }
        do { try Data(picture).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw Failure("cannot write \(path): \(FileReading.reason(error))")
        }
    }
}
