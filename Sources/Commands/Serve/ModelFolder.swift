import Foundation
import ModelFiles
import Platform

/// The models of a folder: each file whose name ends as a model's does, under its name without the ending.
struct ModelFolder {
    /// The models, in the order of their names.
    private(set) var models: [ModelSource] = []
    /// What lies there beside them, and why it is none.
    private(set) var others: [(path: String, reason: String)] = []

    /// The endings of models' files.
    static let endings = ["safetensors", "onnx", "tflite", "pth", "pt"]
    /// Files of class names that models beside them may use.
    static let labelFiles = ["labelmap.txt", "labels.txt"]
    /// The most files that a folder may hold.
    static let maximumFiles = 1024

    /// Looks into a folder. What begins with a point is passed over, links are followed, folders in it are not looked into.
    init(_ folder: String) throws(Failure) {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw Failure("\(folder): the folder cannot be read")
        }
        guard names.count <= Self.maximumFiles else {
            throw Failure("\(folder): there are \(names.count) files in it, more than \(Self.maximumFiles)")
        }
        var sidecars: Set<String> = []
        for name in names where !name.hasPrefix(".") && Self.isModel(name) {
            let path = Self.joined(folder, name)
            let stem = Self.stem(name)
            sidecars.insert(Sidecar.path(besideModelAt: path))
            if let reason = Self.fault(of: path, stem) {
                others.append((path, reason))
            } else {
                models.append(ModelSource(name: stem, text: path, path: path))
            }
        }
        for name in names where !name.hasPrefix(".") && !Self.isModel(name) && !Self.labelFiles.contains(name) {
            let path = Self.joined(folder, name)
            guard !sidecars.contains(path) else { continue }
            let isFolder = FileStatus(path)?.kind == .folder
            let endings = Self.endings.map { "." + $0 }.joined(separator: ", ")
            others.append((path, isFolder ? "it is a folder" : "its name ends in none of \(endings)"))
        }
    }

    /// Why a file whose name ends as a model's cannot be served; nil if it can.
    private static func fault(of path: String, _ stem: String) -> String? {
        switch FileStatus(path)?.kind {
        case nil: "it is a link that leads nowhere"
        case .regular: NamedModelList.isName(stem) ? nil : "a model's name is \(NamedModelList.nameExpectation)"
        case .folder: "it is a folder"
        case .blockDevice, .stream: "it is no regular file"
        }
    }

    /// The name of a file without its ending.
    static func stem(_ path: String) -> String {
        let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
        guard let point = name.lastIndex(of: "."), point > name.startIndex else { return String(name) }
        return String(name[..<point])
    }

    private static func isModel(_ name: String) -> Bool {
        name.lastIndex(of: ".").map { endings.contains(name[name.index(after: $0)...].lowercased()) } ?? false
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
