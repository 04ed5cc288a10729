import XML
import Images
import MultiBox
import Platform

/// A dataset that cannot be used. Files and folders are named as they were looked for.
public enum DatasetError: Error, Sendable {
    /// A file or folder that is not there or cannot be read.
    case file(FileError)
    /// A list of photos that names none.
    case emptySplit(path: String)
    /// A line of a list of photos, from 1, that is not the name of one.
    case invalidPhotoName(path: String, line: Int)
    /// A line of a list of photos, from 1, that names one which an earlier line has named: it would count twice.
    case namedAgain(path: String, line: Int, name: String)
    /// A list of more photos than the limit.
    case tooManyPhotos(path: String, limit: Int)
    /// An annotation file that is not one.
    case annotation(path: String, XMLReaderError)
    /// A COCO file that is not one, and why.
    case instances(path: String, reason: String)
    /// A YAML file that describes no dataset, and why.
    case description(path: String, reason: String)
    /// A line of a file of labels, from 1, that is not one, and why.
    case label(path: String, line: Int, reason: String)
    /// A folder without anything by which its layout is known.
    case unknownLayout(path: String)
    /// A part of a dataset that is not there, by its file where it has one, and those that are.
    case noSplit(String, known: [String])
    /// Labels that cannot be a label map.
    case labels(LabelMapError)
    /// No photo of the whole dataset shows an object that can be used.
    case noObjects(path: String)
    /// A photo that cannot be decoded.
    case photo(path: String, ImageError)
    /// A photo of another size than its annotation says, in pixels: its boxes would be wrong.
    case sizeMismatch(path: String, annotated: ImageSize, decoded: ImageSize)
}

extension DatasetError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .emptySplit(let path): "\(path) names no photos"
        case .invalidPhotoName(let path, let line): "\(path), line \(line): not the name of a photo"
        case .namedAgain(let path, let line, let name): "\(path), line \(line): \(name) is named a second time"
        case .tooManyPhotos(let path, let limit): "\(path) names more than \(limit) photos"
        case .annotation(let path, let error): "\(path): \(error)"
        case .instances(let path, let reason): "\(path): \(reason)"
        case .description(let path, let reason): "\(path): \(reason)"
        case .label(let path, let line, let reason): "\(path), line \(line): \(reason)"
        case .unknownLayout(let path):
            "\(path) is no dataset: there is neither Annotations (Pascal VOC) nor instances.json (COCO) nor data.yaml "
                + "with images and labels (YOLO)"
        case .noSplit(let name, let known):
            "there is no \(name)"
                + (known.isEmpty
                    ? "" : ", only the split\(known.count == 1 ? "" : "s") \(known.joined(separator: ", "))")
        case .labels(let error): "the labels cannot be used: \(error)"
        case .noObjects(let path): "\(path): none of its photos shows an object"
        case .photo(let path, let error): "\(path): \(error)"
        case .sizeMismatch(let path, let annotated, let decoded):
            "\(path) is \(decoded.width) × \(decoded.height) pixels, but its annotation says "
                + "\(annotated.width) × \(annotated.height)"
        }
    }
}
