import Foundation
import MultiBox
import Platform

/// What is known of a dataset in YOLO's layout before its photos are read: its classes, and where the photos of its parts
/// are.
///
/// It is told by `data.yaml`, as Ultralytics and Roboflow write it, or else by the folders themselves: `images/train` and
/// so on, `train/images`, lists `train.txt`, or `images/` alone; then the classes are the lines of `classes.txt`.
public struct YOLODescription: Sendable, Hashable {
    /// The parts of a dataset, and the other names that their folders have.
    private static let parts = [("train", ["train"]), ("val", ["val", "valid", "validation"]), ("test", ["test"])]

    /// The folder that its paths are relative to.
    public let root: String
    /// The file of the classes, and, where it is of YAML, of all the rest.
    let labelsFile: String
    /// The classes by number, which in label files begins at 0; nil where a number has none.
    public let names: [String?]
    /// Folders and lists of photos of each part.
    public let splits: [String: [String]]
    /// Whether a line of a label file has the points of a pose after its box.
    let hasPoses: Bool

    /// Reads a YAML file.
    public init(file: String) throws(DatasetError) {
        try self.init(parsing: try DatasetFiles.bytes(file, limit: YOLOYaml.maximumBytes), file: file)
    }

    /// Parses what is in a YAML file.
    ///
    /// - Parameter file: where it is from: paths are relative to its folder.
    package init(parsing bytes: [UInt8], file: String) throws(DatasetError) {
        let yaml: YOLOYaml
        do { yaml = try YOLOYaml(bytes) } catch { throw .description(path: file, reason: error.reason) }
        try self.init(yaml, file: file)
    }

    private init(_ yaml: YOLOYaml, file: String) throws(DatasetError) {
        let folder = Self.folder(of: file)
        // Where `path` is of another machine, the data may well lie beside the file.
        let named = yaml.path.map { $0.hasPrefix("/") ? $0 : Self.join(folder, $0) }
        root = named.flatMap { DatasetFiles.exists($0) ? $0 : nil } ?? folder
        labelsFile = file
        guard !yaml.names.isEmpty else {
            throw .description(path: file, reason: "it does not say names, the classes")
        }
        if let count = yaml.count, count != yaml.names.count {
            throw .description(path: file, reason: "nc is \(count), but there are \(yaml.names.count) names")
        }
        names = yaml.names
        hasPoses = yaml.hasPoses
        var splits: [String: [String]] = [:]
        for (name, paths) in yaml.splits {
            for path in paths {
                splits[name, default: []].append(try Self.resolve(path, root: root, folder: folder, file: file))
            }
        }
        self.splits = splits
    }

    /// Looks at a folder; nil if it has nothing of this layout.
    static func find(in folder: String) throws(DatasetError) -> YOLODescription? {
        for name in ["data.yaml", "data.yml", "dataset.yaml", "dataset.yml"]
        where DatasetFiles.exists("\(folder)/\(name)") {
            return try YOLODescription(file: "\(folder)/\(name)")
        }
        var splits: [String: [String]] = [:]
        for (name, aliases) in parts {
            let places = aliases.flatMap {
                ["\(folder)/images/\($0)", "\(folder)/\($0)/images", "\(folder)/\($0).txt"]
            }
            if let place = places.first(where: DatasetFiles.exists) { splits[name] = [place] }
        }
        let hasLabels = DatasetFiles.exists(folder + "/labels") && DatasetFiles.exists(folder + "/images")
        guard hasLabels || splits.values.joined().contains(where: { !$0.hasSuffix(".txt") }) else { return nil }
        let lists = ["\(folder)/classes.txt", "\(folder)/labels/classes.txt"]
        guard let list = lists.first(where: DatasetFiles.exists) else {
            throw .description(
                path: folder, reason: "it looks like YOLO's layout, but neither data.yaml nor classes.txt names classes"
            )
        }
        let bytes = try DatasetFiles.bytes(list, limit: LabelMap.maximumBytes)
        do {
            return YOLODescription(
                root: folder, labelsFile: list, names: try LabelMap(parsing: bytes).names, splits: splits)
        } catch { throw .description(path: list, reason: "\(error)") }
    }

    private init(root: String, labelsFile: String, names: [String?], splits: [String: [String]]) {
        (self.root, self.labelsFile, self.names, self.splits) = (root, labelsFile, names, splits)
        hasPoses = false
    }

    /// All folders and lists of photos: those of the parts or, without parts, `images/`.
    var places: [String] {
        splits.isEmpty ? ["\(root)/images"] : splits.sorted { $0.key < $1.key }.flatMap(\.value)
    }

    /// Where a path of the file leads. Roboflow writes `../train/images` for what lies beside the file.
    private static func resolve(
        _ path: String, root: String, folder: String, file: String
    ) throws(DatasetError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .description(path: file, reason: "an empty path is named")
        }
        if path.hasPrefix("/") { return path }
        var candidates = [join(root, path), join(folder, path)]
        if path.hasPrefix("../") { candidates.append(join(folder, String(path.dropFirst(3)))) }
        return candidates.first(where: DatasetFiles.exists) ?? candidates[0]
    }

    /// A path in a folder, without the `./` that says nothing.
    private static func join(_ folder: String, _ path: String) -> String {
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        while rest.count > 1, rest.last == "/" { rest.removeLast() }
        return rest == "." || rest.isEmpty ? folder : "\(folder)/\(rest)"
    }

    private static func folder(of file: String) -> String {
        let folder = (file as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }
}
