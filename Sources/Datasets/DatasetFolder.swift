import Foundation
import MultiBox

/// A folder with a dataset in one of the layouts that are known, told by what lies in it:
///
/// - Pascal VOC: `Annotations/`, with `JPEGImages/` and lists of photos `ImageSets/Main/SPLIT.txt`;
/// - COCO: `instances.json` or `instances_SPLIT.json`, with `images/`;
/// - YOLO: `data.yaml`, or `labels/` with `images/`.
public struct DatasetFolder: Sendable {
    private enum Layout: Sendable {
        case voc
        case coco
        case yolo(YOLODescription)
    }

    /// Where it is.
    public let path: String
    private let layout: Layout

    /// Tells the layout of a folder, or of the folder that a YAML file describes.
    public init(_ path: String) throws(DatasetError) {
        self.path = path
        if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
            layout = .yolo(try YOLODescription(file: path))
        } else if DatasetFiles.exists(path + "/Annotations") {
            layout = .voc
        } else if !Self.instances(in: path).isEmpty {
            layout = .coco
        } else if let description = try YOLODescription.find(in: path) {
            layout = .yolo(description)
        } else {
            throw .unknownLayout(path: path)
        }
    }

    /// The parts that it has by name, in order.
    public var splits: [String] {
        switch layout {
        case .voc:
            let files = (try? FileManager.default.contentsOfDirectory(atPath: path + "/ImageSets/Main")) ?? []
            return files.filter { $0.hasSuffix(".txt") && !$0.hasPrefix(".") }.map { String($0.dropLast(4)) }.sorted()
        case .coco:
            return Self.instances(in: path).compactMap { name in
                name.hasPrefix("instances_") ? String(name.dropFirst(10).dropLast(5)) : nil
            }
        case .yolo(let description): return description.splits.keys.sorted()
        }
    }

    /// Whether it has a part of this name.
    public func has(_ split: String) -> Bool { splits.contains(split) }

    /// What detectors are judged on unless a part is named: `val`, but all of a COCO folder that has `instances.json`.
    public var defaultEvaluationSplit: String? {
        if case .coco = layout, DatasetFiles.exists(path + "/instances.json") { return nil }
        return has("val") ? "val" : nil
    }

    /// Reads a part; nil for all photos.
    ///
    /// - Parameters:
    ///   - labels: the classes, with the background, by name; without, the folder's own.
    ///   - unusable: what happens to a photo that cannot be used.
    public func open(
        _ split: String?, labels: LabelMap? = nil, unusable: UnusablePhotos = .refused
    ) throws(DatasetError) -> any DetectionDataset {
        if let split, !has(split) {
            let file =
                switch layout {
                case .voc: "\(path)/ImageSets/Main/\(split).txt"
                case .coco: "\(path)/instances_\(split).json"
                case .yolo: "\(split) in \(path)"
                }
            throw .noSplit(file, known: splits)
        }
        switch layout {
        case .voc: return try VOCDataset(root: path, split: split, labels: labels, unusable: unusable)
        case .coco:
            let file = path + "/" + (split.map { "instances_\($0).json" } ?? "instances.json")
            guard DatasetFiles.exists(file) else { throw .noSplit(file, known: splits) }
            return try COCODataset(annotations: file, images: path + "/images", labels: labels)
        case .yolo(let description):
            return try YOLODataset(description, split: split, labels: labels, unusable: unusable)
        }
    }

    private static func instances(in folder: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0 == "instances.json" || $0.hasPrefix("instances_") && $0.hasSuffix(".json") }.sorted()
    }
}
