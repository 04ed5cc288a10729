import Datasets
import Images
import MultiBox
import TestSupport
import Testing

/// Datasets in Pascal VOC's layout.
@Suite struct VOCDatasetTests {
    private func object(_ name: String, _ corners: (String, String, String, String)) -> String {
        """
        <object><name>\(name)</name><bndbox><xmin>\(corners.0)</xmin><ymin>\(corners.1)</ymin>\
        <xmax>\(corners.2)</xmax><ymax>\(corners.3)</ymax></bndbox></object>
        """
    }

    /// One photo of 40 × 20 pixels with these objects.
    private func folder(_ objects: String, size: String = "<size><width>40</width><height>20</height></size>") throws
        -> TemporaryFolder
    {
        let folder = try TemporaryFolder()
        try folder.write("ImageSets/Main/train.txt", "one\r\n\n")
        try folder.write("Annotations/one.xml", "<annotation>\(size)\(objects)</annotation>")
        try folder.write("JPEGImages/one.png", try ImageEncoder.png(PixelImage(width: 40, height: 20)))
        return folder
    }

    @Test func `corners are 1-based and inclusive`() throws {
        let folder = try folder(object("b", ("1", "1", "40", "20")) + object("a", ("11", "6", "20", "10")))
        let dataset = try VOCDataset(root: folder.path, split: "train")
        #expect(dataset.labels.names == [nil, "a", "b"])
        #expect(
            dataset.photos[0].objects == [
                AnnotatedObject(box: CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 1), classIndex: 2),
                AnnotatedObject(box: CornerBox(xmin: 0.25, ymin: 0.25, xmax: 0.5, ymax: 0.5), classIndex: 1),
            ])
        #expect(dataset.problems.isEmpty)
        #expect(try dataset.pixels(of: dataset.photos[0]).size == ImageSize(width: 40, height: 20))
    }

    @Test func `without a split, all that is annotated counts, by name`() throws {
        let folder = try folder(object("a", ("1", "1", "9", "9")))
        try folder.write("JPEGImages/a b.png", try ImageEncoder.png(PixelImage(width: 9, height: 9)))
        try folder.write(
            "Annotations/a b.xml", "<annotation><size><width>9</width><height>9</height></size></annotation>")
        try folder.write("Annotations/.DS_Store", "no annotation")
        let dataset = try VOCDataset(root: folder.path, split: nil)
        #expect(dataset.photos.map(\.path) == ["a b", "one"].map { folder.path + "/JPEGImages/\($0).png" })
        #expect(dataset.photos.map(\.objects.count) == [0, 1] && dataset.split == nil)
        try folder.write("empty/Annotations/note.txt", "")
        #expect(throws: DatasetError.self) { _ = try VOCDataset(root: folder.path + "/empty", split: nil) }
    }

    @Test func `faults are reported, left out and never harmful`() throws {
        let folder = try folder(
            object("a", ("5", "5", "5", "9")) + object("a", ("9", "5", "5", "9")) + "<object><name>a</name></object>"
                + object("a", ("100", "5", "120", "9")) + object("a", ("-8", "0", "10", "30"))
                + object("zebra", ("1", "1", "9", "9")) + object("a", ("0", "0", "40", "20"))
                + object("a", ("nan", "1", "2", "3")))
        let labels = try LabelMap(names: [nil, "a"], hasBackground: true)
        let dataset = try VOCDataset(root: folder.path, split: "train", labels: labels)
        let kinds = dataset.problems.map(\.kind)
        #expect(
            kinds == [
                .degenerateBox(xmin: 5, ymin: 5, xmax: 5, ymax: 9), .degenerateBox(xmin: 9, ymin: 5, xmax: 5, ymax: 9),
                .missingBox, .outsideImage(xmin: 100, ymin: 5, xmax: 120, ymax: 9),
                .cutOff(xmin: -8, ymin: 0, xmax: 10, ymax: 30), .unknownClass("zebra"), .missingBox,
            ])
        #expect(dataset.problems.map(\.object) == [1, 2, 3, 4, 5, 6, 8])
        #expect(dataset.problems.allSatisfy { $0.file == folder.path + "/Annotations/one.xml" })
        #expect(dataset.problems[0].description.contains("one.xml: object 1 (a): its box 5.0,5.0 to 5.0,9.0 has no"))
        // What was cut off, and the box of a tool that counts from 0.
        #expect(
            dataset.photos[0].objects.map(\.box) == [
                CornerBox(xmin: 0, ymin: 0, xmax: 0.25, ymax: 1), CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 1),
            ])
        let summary = DatasetSummary(dataset)
        #expect(summary.objects == 2)
        #expect(summary.description.contains("6 objects left out, 1 cut off"))
    }

    @Test func `the photo's own size where the annotation has none`() throws {
        let folder = try folder(object("dog", ("1", "1", "20", "20")), size: "")
        let dataset = try VOCDataset(root: folder.path, split: "train")
        #expect(dataset.photos[0].size == ImageSize(width: 40, height: 20))
        #expect(dataset.labels == .pascalVOC)
        #expect(dataset.photos[0].objects[0].classIndex == 12)
    }

    @Test func `a wrong size is found when the photo is decoded`() throws {
        let folder = try folder(
            object("a", ("1", "1", "20", "20")), size: "<size><width>80</width><height>20</height></size>")
        let dataset = try VOCDataset(root: folder.path, split: "train")
        let error = #expect(throws: DatasetError.self) { try dataset.pixels(of: dataset.photos[0]) }
        #expect(error.map { "\($0)".contains("one.png is 40 × 20 pixels, but its annotation says 80 × 20") } == true)
    }

    @Test(arguments: ["../one", "a/b", ".hidden", "\u{0}"])
    func `a list cannot lead out of its folder`(name: String) throws {
        let folder = try folder(object("a", ("1", "1", "20", "20")))
        try folder.write("ImageSets/Main/train.txt", "one\n\(name)\n")
        let error = #expect(throws: DatasetError.self) { try VOCDataset(root: folder.path, split: "train") }
        guard case .invalidPhotoName(_, line: 2)? = error else {
            Issue.record("another error: \(String(describing: error))"); return
        }
    }

    @Test func `what is missing is named`() throws {
        let folder = try folder(object("a", ("1", "1", "20", "20")))
        func message(_ split: String) -> String {
            do {
                _ = try VOCDataset(root: folder.path, split: split)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message("val").hasSuffix("ImageSets/Main/val.txt: No such file or directory"))
        #expect(message("../train").hasSuffix("No such file or directory"))
        try folder.write("ImageSets/Main/train.txt", "one\ntwo\n")
        #expect(message("train").hasSuffix("Annotations/two.xml: No such file or directory"))
        try folder.write("Annotations/two.xml", "<annotation/>")
        #expect(message("train").hasSuffix("JPEGImages/two.jpg: No such file or directory"))
        try folder.write("ImageSets/Main/train.txt", "\n")
        #expect(message("train").hasSuffix("names no photos"))
        try folder.write("ImageSets/Main/train.txt", "two\n")
        try folder.write("JPEGImages/two.jpg", "not a picture")
        #expect(message("train").contains("two.jpg"))
    }

    @Test func `what cannot be used is left out and told, where that is asked for`() throws {
        let folder = try folder(object("a", ("1", "1", "20", "20")))
        try folder.write("ImageSets/Main/train.txt", "one\ntwo\none\n../three\nfour\n")
        try folder.write("Annotations/four.xml", "<annotation>")
        let error = #expect(throws: DatasetError.self) { try VOCDataset(root: folder.path, split: "train") }
        guard case .namedAgain(_, line: 3, name: "one")? = error else {
            Issue.record("another error: \(String(describing: error))"); return
        }
        let dataset = try VOCDataset(root: folder.path, split: "train", unusable: .leftOut)
        #expect(dataset.photos.map(\.path) == [folder.path + "/JPEGImages/one.png"])
        let errors = dataset.errors.map { "\($0)" }
        try #require(errors.count == 4)
        for (error, words) in zip(errors, ["one is named a second time", "not the name", "two.xml", "four.xml"]) {
            #expect(error.contains(words))
        }
        #expect(
            dataset.annotationFiles == [
                folder.path + "/Annotations/one.xml", folder.path + "/ImageSets/Main/train.txt",
            ])
        // Even if that is all.
        try folder.write("Annotations/one.xml", "<")
        let nothing = try VOCDataset(root: folder.path, split: "train", unusable: .leftOut)
        #expect(nothing.photos.isEmpty && nothing.errors.count == 5)
    }

    @Test(.enabled(if: SharedFiles.exist("data/bccd"), Comment(rawValue: SharedFiles.absence)))
    func `blood cells`() throws {
        let dataset = try VOCDataset(root: SharedFiles.path("data/bccd"), split: "trainval")
        let summary = DatasetSummary(dataset)
        #expect(summary.photos == 292)
        #expect(summary.classes.map(\.name) == ["Platelets", "RBC", "WBC"])
        #expect(summary.classes.map(\.objects) == [292, 3348, 301])
        // Two boxes of a single point: photo and object are named.
        #expect(dataset.problems.count == 2)
        #expect(dataset.problems[0].file.hasSuffix("BloodImage_00338.xml") && dataset.problems[0].object == 13)
        #expect(dataset.problems[1].file.hasSuffix("BloodImage_00343.xml") && dataset.problems[1].object == 4)
        #expect(dataset.photos.allSatisfy { $0.objects.allSatisfy { $0.box.area > 0 && $0.box == $0.box.clipped() } })
        let train = try VOCDataset(root: SharedFiles.path("data/bccd"), split: "train")
        #expect(train.photos.count == 205)
        #expect(train.labels == dataset.labels)
    }
}
