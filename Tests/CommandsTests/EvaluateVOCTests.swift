import TestSupport
import Foundation
import Testing

/// `multibox evaluate` on a dataset in the layout of Pascal VOC.
@Suite(.endToEnd)
struct EvaluateVOCTests {
    private let folder: TemporaryFolder
    private let model: String

    /// Two splits: in `val` the model finds all that is there, but one object that is marked difficult; in `test` half.
    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        let photos:
            [(name: String, shown: [Int: ColorPhoto.Color], hidden: [Int: ColorPhoto.Color], isDifficult: Bool)] = [
                ("a", [0: .red, 6: .green], [:], false), ("b", [3: .red], [12: .red], true),
                ("c", [5: .red], [10: .red], false),
            ]
        for (name, shown, hidden, isDifficult) in photos {
            let photo = ColorPhoto(width: 128, height: 128, cells: shown)
            try folder.write("voc/JPEGImages/\(name).png", photo.png)
            var all = photo
            all.cells.merge(hidden) { $1 }
            let objects = all.objects.map { object in
                let isHidden = !photo.objects.contains { $0.box == object.box }
                return """
                    <object><name>\(object.label)</name><difficult>\(isHidden && isDifficult ? 1 : 0)</difficult>\
                    <bndbox><xmin>\(Int(object.box[0]) + 1)</xmin><ymin>\(Int(object.box[1]) + 1)</ymin>\
                    <xmax>\(Int(object.box[2]))</xmax><ymax>\(Int(object.box[3]))</ymax></bndbox></object>
                    """
            }
            try folder.write(
                "voc/Annotations/\(name).xml",
                "<annotation><size><width>128</width><height>128</height><depth>3</depth></size>"
                    + objects.joined() + "</annotation>")
        }
        try folder.write("voc/ImageSets/Main/val.txt", "a\nb\n")
        try folder.write("voc/ImageSets/Main/test.txt", "c\n")
    }

    private func evaluate(_ more: [String]) throws -> CommandRun {
        try CommandRun(["evaluate", "--model", model, "--data", folder.path + "/voc"] + more)
    }

    @Test("val is the split unless another is named, and what is difficult does not count")
    func splits() throws {
        let val = try evaluate(["--metric", "voc", "--json"])
        #expect(val.exit == .status(0), "\(val.errors)")
        #expect(try val.object["mAP_voc"] as? Double == 1)
        #expect(try val.object["images"] as? Int == 2)
        let test = try evaluate(["--metric", "voc", "--json", "--split", "test"])
        #expect(abs((try test.object["mAP_voc"] as? Double ?? 0) - 0.5) < 1e-9, "\(test.errors)")
        let coco = try evaluate(["--json", "--split", "test"])
        // A recall of one half: precision is 1 at 51 of the 101 points.
        #expect(abs((try coco.object["AP"] as? Double ?? 0) - 51.0 / 101) < 1e-9)
        let none = try evaluate(["--split", "train"])
        #expect(none.exit == .status(1) && none.errors.contains("train.txt"))
    }

    @Test("Objects that count for nothing are told of, a photo that is listed twice is refused")
    func faults() throws {
        try folder.write(
            "voc/Annotations/c.xml",
            """
            <annotation><size><width>128</width><height>128</height></size><object><name>red</name><bndbox><xmin>33</xmin>\
            <ymin>33</ymin><xmax>64</xmax><ymax>64</ymax></bndbox></object><object><name>red</name></object></annotation>
            """)
        let run = try evaluate(["--split", "test", "--json"])
        #expect(run.exit == .status(0) && run.errors.contains("1 objects are left out and 0 cut off"), "\(run.errors)")
        try folder.write("voc/ImageSets/Main/test.txt", "c\nb\nc\n")
        let twice = try evaluate(["--split", "test"])
        #expect(
            twice.exit == .status(1) && twice.errors.contains("line 3: c is named a second time"), "\(twice.errors)")
        try folder.write("voc/ImageSets/Main/test.txt", "c\n")
        try folder.write(
            "voc/Annotations/c.xml", "<annotation><size><width>128</width><height>128</height></size></annotation>")
        let nothing = try evaluate(["--split", "test"])
        #expect(nothing.exit == .status(1) && nothing.errors.contains("none of its photos shows an object"))
    }

    @Test("The curves are drawn")
    func plots() throws {
        let run = try evaluate(["--plots", folder.path + "/plots"])
        #expect(run.exit == .status(0), "\(run.errors)")
        let svg = String(decoding: try folder.bytes("plots/precision-recall.svg"), as: UTF8.self)
        #expect(svg.hasPrefix("<svg") && svg.contains(">red<") && svg.contains(">green<"))
        #expect(svg.components(separatedBy: "<polyline").count == 3)
    }
}
