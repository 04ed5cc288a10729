import XML
import Datasets
import Evaluation
import Foundation
import MultiBox
import Serving
import Settings
import Training

/// Laws of what is read of data to train and to evaluate with, of labels and of settings.
enum DataFuzzing {
    static func labels(_ bytes: [UInt8]) {
        guard let map = try? LabelMap(parsing: bytes) else { return }
        for index in 0..<map.count {
            guard let name = map.name(of: index) else { continue }
            precondition(name == name.printable, "a label acts on terminals")
            precondition(map.index(matching: name) == index, "a label is not found by its name")
        }
        // Names that stand for something in a file of labels, or that blanks surround, are written otherwise.
        for (count, background) in [(map.count, nil), (map.count + 1, 0), (map.count - 1, nil), (map.count, 0)] {
            guard let aligned = try? map.aligned(classCount: count, backgroundIndex: background) else { continue }
            precondition(aligned.count == count)
        }
    }

    static func voc(_ bytes: [UInt8]) {
        do throws(XMLReaderError) {
            let annotation = try VOCAnnotation(parsing: bytes)
            for object in annotation.objects {
                guard let corners = object.corners else { continue }
                check(
                    x: corners.xmin - 1, y: corners.ymin - 1, right: corners.xmax, bottom: corners.ymax,
                    width: annotation.width ?? 500, height: annotation.height ?? 375)
            }
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    static func yolo(_ bytes: [UInt8]) {
        for hasPoses in [false, true] {
            guard let labels = try? YOLOLabels(parsing: bytes, file: "labels.txt", hasPoses: hasPoses) else { continue }
            for object in labels.objects {
                precondition((0..<65_536).contains(object.number) && object.line > 0)
                check(
                    x: object.left * 640, y: object.top * 480, right: object.right * 640, bottom: object.bottom * 480,
                    width: 640, height: 480)
            }
        }
    }

    static func yaml(_ bytes: [UInt8]) {
        guard let found = try? YOLODescription(parsing: bytes, file: "/nowhere/data.yaml") else { return }
        precondition(!found.names.isEmpty && found.names.count <= 65_536, "a description without classes")
        precondition(found.splits.values.allSatisfy { !$0.isEmpty && !$0.contains("") }, "a part without a place")
    }

    static func coco(_ bytes: [UInt8]) {
        if let instances = try? COCOInstances(parsing: bytes) {
            let sizes = Dictionary(uniqueKeysWithValues: instances.images.map { ($0.id, $0) })
            var evaluator = COCOEvaluator(categoryIDs: instances.categories.map(\.id))
            let truths = instances.groundTruthsByImage
            for image in instances.images { try? evaluator.addImage(image.id, groundTruths: truths[image.id] ?? []) }
            for annotation in instances.annotations {
                guard let image = sizes[annotation.imageID] else { preconditionFailure("an object of no image") }
                let box = annotation.truth.box
                check(
                    x: box.x, y: box.y, right: box.x + box.width, bottom: box.y + box.height, width: image.width,
                    height: image.height)
                let found = ScoredBox(box: box, categoryID: annotation.truth.categoryID, score: 0.5)
                try? evaluator.add([found], imageID: annotation.imageID)
            }
            for figure in evaluator.summary().figures {
                precondition(figure.value.map { (-1...1).contains($0) } ?? true)
            }
        }
        if let results = try? COCOResults(parsing: bytes) {
            guard let written = try? results.json(), let again = try? COCOResults(parsing: written) else {
                preconditionFailure("what was read cannot be written")
            }
            precondition(again == results, "results are not what they were")
        }
    }

    /// A box that is normalised lies within the photo.
    private static func check(x: Double, y: Double, right: Double, bottom: Double, width: Int, height: Int) {
        guard
            let box = BoxNormalization.box(
                left: x, top: y, right: right, bottom: bottom, size: .init(width: width, height: height),
                written: (x, y, right, bottom)
            ).box
        else { return }
        precondition(box.xmin >= 0 && box.ymin >= 0 && box.xmax <= 1 && box.ymax <= 1 && box.area > 0)
    }

    static func settings(_ bytes: [UInt8]) {
        guard let file = try? SettingsFile(parsing: bytes) else { return }
        precondition(file.values.count <= bytes.count)
        for value in file.values.values {
            _ = TrustedProxies(value)
        }
    }

    static func checkpoint(_ bytes: [UInt8]) {
        guard let state = try? Checkpoint.state(of: Data(bytes)) else { return }
        let values = state.parameters.reduce(0) { $0 + $1.values.count }
        precondition(values * 4 <= bytes.count, "a file stands for more than it holds")
        let written = Checkpoint.bytes(of: state)
        guard let again = try? Checkpoint.state(of: written) else { preconditionFailure("it cannot be read again") }
        precondition(Checkpoint.bytes(of: again) == written, "it is written otherwise the second time")
    }
}
