import ArgumentParser
import Datasets
import Foundation
import MultiBox

/// The options that name photos with their objects.
struct DatasetArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The dataset: a Pascal VOC folder (JPEGImages/, Annotations/), a COCO one (images/, instances.json) or a YOLO \
            one (data.yaml or classes.txt, images/, labels/).
            """, valueName: "dir"), completion: .datasetFolder)
    var data: String?

    @Option(
        help: ArgumentHelp("Instead of --data: a file of objects in COCO's form.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var annotations: String?

    @Option(
        help: ArgumentHelp("With --annotations: the folder of its photos.", valueName: "dir"),
        completion: .directory)
    var images: String?

    /// Where the data is.
    enum Source {
        case folder(DatasetFolder)
        case files(annotations: String, images: String)
    }

    /// Finds the data.
    func source() throws -> Source {
        switch (data, annotations, images) {
        case (let data?, nil, nil):
            do { return .folder(try DatasetFolder(data)) } catch { throw Failure("\(error)") }
        case (nil, let annotations?, let images?): return .files(annotations: annotations, images: images)
        default: throw Failure.usage("name the data with --data, or with --annotations and --images")
        }
    }

    func validate() throws {
        switch (data, annotations, images) {
        case (.some, nil, nil), (nil, .some, .some): break
        default: throw ValidationError("Name the data with --data, or with --annotations and --images.")
        }
    }
}

extension DatasetArguments.Source {
    /// Reads a part of a folder, nil for all; or the files.
    func open(
        _ split: String?, labels: LabelMap? = nil, unusable: UnusablePhotos = .refused
    ) throws -> any DetectionDataset {
        do {
            switch self {
            case .folder(let folder): return try folder.open(split, labels: labels, unusable: unusable)
            case .files(let annotations, let images):
                return try COCODataset(annotations: annotations, images: images, labels: labels)
            }
        } catch { throw Failure("\(error)") }
    }
}
