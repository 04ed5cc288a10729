import Datasets
import Images
import MultiBox
import TestSupport
import Testing

/// Datasets in YOLO's layout.
@Suite struct YOLODatasetTests {
    private let folder: TemporaryFolder
    private static let yaml = "path: .\ntrain: images/train\nval: images/val  # held out\nnc: 2\nnames: [cat, dog]\n"

    /// Two photos to train on, 40 × 20 and 10 × 10 pixels, and one without labels.
    init() throws {
        folder = try TemporaryFolder()
        for (name, width, height) in [("train/a", 40, 20), ("train/deep/b", 10, 10), ("val/c", 8, 8)] {
            try folder.write("images/\(name).png", try ImageEncoder.png(PixelImage(width: width, height: height)))
        }
        try folder.write("labels/train/a.txt", "1 0.5 0.5 0.5 0.5\r\n\n0 0.25 0.5 0.5 1\n")
        try folder.write("labels/train/deep/b.txt", "0 0.1 0.2 0.4 0.2 0.4 0.9\n")
        try folder.write("data.yaml", Self.yaml)
    }

    private func open(
        _ split: String?, labels: LabelMap? = nil, unusable: UnusablePhotos = .refused
    ) throws -> any DetectionDataset {
        try DatasetFolder(folder.path).open(split, labels: labels, unusable: unusable)
    }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return ""
    }

    @Test func `boxes are centres and sides, outlines become boxes`() throws {
        let dataset = try open("train")
        #expect(dataset.labels.names == [nil, "cat", "dog"])
        #expect(dataset.photos.map(\.path) == ["a", "deep/b"].map { "\(folder.path)/images/train/\($0).png" })
        #expect(dataset.photos[0].size == ImageSize(width: 40, height: 20))
        #expect(
            dataset.photos[0].objects == [
                AnnotatedObject(box: CornerBox(xmin: 0.25, ymin: 0.25, xmax: 0.75, ymax: 0.75), classIndex: 2),
                AnnotatedObject(box: CornerBox(xmin: 0, ymin: 0, xmax: 0.5, ymax: 1), classIndex: 1),
            ])
        let outline = try #require(dataset.photos[1].objects.first?.box)
        #expect(abs(outline.xmin - 0.1) < 1e-6 && abs(outline.ymin - 0.2) < 1e-6)
        #expect(abs(outline.xmax - 0.4) < 1e-6 && abs(outline.ymax - 0.9) < 1e-6)
        #expect(dataset.categoryID(ofClass: 2) == 1 && !dataset.numbersPhotos && dataset.problems.isEmpty)
        #expect(
            Set(dataset.annotationFiles.map { String($0.dropFirst(folder.path.count + 1)) })
                == ["data.yaml", "labels/train/a.txt", "labels/train/deep/b.txt"])
    }

    @Test func `a photo without labels shows nothing, and all parts together are all photos`() throws {
        #expect(try open("val").photos.map(\.objects) == [[]])
        #expect(try open(nil).photos.count == 3)
        #expect(try DatasetFolder(folder.path).splits == ["train", "val"])
        #expect(try DatasetFolder(folder.path + "/data.yaml").open("train").photos.count == 2)
        #expect(message { _ = try open("test") }.contains("no test"))
    }

    @Test(arguments: [
        "names:\n  0: cat\n  1: dog\ntrain: ./images/train\nval:\ntest: ~\n",
        "names:\n  - cat\n  - dog\ntrain: ../images/train\ndownload: |\n  import os\n  print([x for x in 'a[b'])\n",
        "train: [images/train]\nnames: ['cat',\n  \"dog\"]\n",
        "path: /no/such/place\ntrain: images/train/\nnames: {0: cat, 1: dog}\nval: images/none\n",
        "\u{FEFF}---\ntrain: list.txt\nnames: [cat, dog]\n",
    ])
    func `the ways in which data.yaml is written`(yaml: String) throws {
        try folder.write("data.yaml", yaml)
        try folder.write("list.txt", "./images/train/a.png\nimages/train/deep/b.png\r\n\n")
        let dataset = try open("train")
        #expect(dataset.labels.names == [nil, "cat", "dog"])
        #expect(dataset.photos.map(\.objects.count) == [2, 1])
    }

    @Test func `without data.yaml, folders and classes.txt say what it would`() throws {
        let other = try TemporaryFolder()
        for part in ["train", "valid"] {
            try other.write("\(part)/images/a.png", try ImageEncoder.png(PixelImage(width: 4, height: 4)))
            try other.write("\(part)/labels/a.txt", "0 .5 .5 1 1\n")
        }
        #expect(message { _ = try DatasetFolder(other.path) }.contains("classes.txt"))
        try other.write("classes.txt", "cat\n")
        let found = try DatasetFolder(other.path)
        #expect(found.splits == ["train", "val"])
        #expect(try found.open("val").photos.map(\.objects.count) == [1])
    }

    @Test func `labels of another split are found by name`() throws {
        let labels = try LabelMap(names: [nil, "dog", "cow"], hasBackground: true)
        let dataset = try open("train", labels: labels)
        #expect(dataset.photos[0].objects.map(\.classIndex) == [1])
        #expect(dataset.problems.map(\.kind) == [.unknownClass("cat"), .unknownClass("cat")])
        #expect(dataset.categoryID(ofClass: 1) == 1)
    }

    @Test(arguments: [
        ("x 0.5 0.5 0.5 0.5", "number of a class"), ("-1 0.5 0.5 0.5 0.5", "number of a class"),
        ("1.5 0.5 0.5 0.5 0.5", "number of a class"), ("99999999999999999999 0 0 0 0", "number of a class"),
        ("0 0.5 0.5 0.5", "3 numbers"), ("0", "0 numbers"), ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "7 numbers"),
        ("0 nan 0.5 0.5 0.5", "no number"), ("0 0x1 0.5 0.5 0.5", "no number"), ("0 1e300 0.5 0.5 0.5", "no number"),
    ])
    func `a line that is none is named`(line: String, reason: String) throws {
        try folder.write("labels/train/a.txt", "0 0.5 0.5 0.5 0.5\n\(line)\n")
        let text = message { _ = try open("train") }
        #expect(text.contains("a.txt, line 2") && text.contains(reason), "\(text)")
        let rest = try open("train", unusable: .leftOut)
        #expect(rest.photos.count == 1 && rest.errors.count == 1)
    }

    @Test func `faults are reported, left out and never harmful`() throws {
        try folder.write(
            "labels/train/a.txt",
            "7 .5 .5 1 1\n0 .5 .5 0 1\n0 5 5 1 1\n0 .9 .5 .6 1\n0 .5 .5 .2 .2 0.93\n1.0 .5 .5 1 1\n")
        let dataset = try open("train")
        #expect(dataset.photos[0].objects.map(\.classIndex) == [1, 1, 2])
        #expect(dataset.problems.map(\.object) == [1, 2, 3, 4] && dataset.problems.count { $0.isLeftOut } == 3)
        for object in dataset.photos[0].objects { #expect(object.box.area > 0 && object.box == object.box.clipped()) }
    }

    @Test(arguments: [
        ("train: images/train\n", "names"), ("names: 3\ntrain: images/train\n", "neither a list"),
        ("names: [a, [b]]\n", "not text"), ("names: {x: a}\n", "no number of a class"),
        ("names: {0: a, 70000: b}\n", "no number of a class"), ("names: [a, b]\nnc: 3\n", "nc is 3"),
        ("- a\n", "not YAML of the form"), ("names: [a, b\n", "not YAML"), ("\u{0}", "not YAML"),
        (String(repeating: "[", count: 5000), "too deep"), (String(repeating: "- ", count: 5000) + "a", "too deep"),
        ((0..<400).map { String(repeating: " ", count: $0) + "a:\n" }.joined(), "too deep"),
        ("a: &a [x]\nnames: *b\n", "not YAML"), ("names: [a, A]\ntrain: images/train\n", "label"),
    ])
    func `a data.yaml that is none is refused with the reason`(yaml: String, reason: String) throws {
        try folder.write("data.yaml", yaml)
        let text = message { _ = try open("train") }
        #expect(text.contains(reason), "\(text)")
    }

    @Test func `aliases multiply nothing`() throws {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let list = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(list)]\n"
        }
        try folder.write("data.yaml", yaml + "names: [cat, dog]\ntrain: images/train\n")
        let clock = ContinuousClock()
        #expect(try clock.measure { _ = try open("train") } < .seconds(2))
        try folder.write("data.yaml", yaml + "names: *a30\n")
        #expect(message { _ = try open("train") }.contains("not text"))
    }

    @Test func `a list that leads out, names twice or names nothing is refused`() throws {
        try folder.write("data.yaml", "train: list.txt\nnames: [cat, dog]\n")
        for (list, reason) in [
            ("./images/../../etc/passwd.png\n", "line 1"),
            ("./images/train/a.png\n./images/train/a.png\n", "second time"),
            ("\n", "names no photos"), ("./images/train/none.png\n", "none.png"),
        ] {
            try folder.write("list.txt", list)
            let text = message { _ = try open("train") }
            #expect(text.contains(reason), "\(text)")
        }
    }

    @Test func `any number may stand in it`() throws {
        var valid = 0
        for variant in ExtremeNumbers.variants(of: "0 0.5 0.25 0.5 0.125\n1 0.1 0.1 0.2 0.2 0.3 0.3\n") {
            guard let labels = try? YOLOLabels(parsing: Array(variant.utf8), file: "x") else { continue }
            valid += 1
            for object in labels.objects { #expect((0..<65_536).contains(object.number) && object.left.isFinite) }
        }
        #expect(valid > 0)
        for variant in ExtremeNumbers.variants(of: "nc: 2\nnames: {0: cat, 1: dog}\ntrain: images/train\n") {
            try folder.write("data.yaml", variant)
            _ = try? open("train")
        }
    }
}
