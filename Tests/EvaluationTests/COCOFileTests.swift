import Evaluation
import MultiBox
import Testing

/// Reading and writing COCO's files, sound and hostile.
@Suite struct COCOFileTests {
    private func instances(
        images: String = #"{"id":1,"file_name":"a/b.jpg","width":4,"height":3}"#,
        categories: String = #"{"id":5,"name":"cat"}"#,
        annotations: String = #"{"id":9,"image_id":1,"category_id":5,"bbox":[0,1,2,1.5]}"#
    ) throws(COCOFileError) -> COCOInstances {
        let text = #"{"info":{},"images":[\#(images)],"categories":[\#(categories)],"annotations":[\#(annotations)]}"#
        return try COCOInstances(parsing: Array(text.utf8))
    }

    /// The error of a body, which throws no other type.
    private func error(_ body: () throws -> Void) -> COCOFileError? {
        do {
            try body()
            return nil
        } catch {
            if let error = error as? COCOFileError { return error }
            Issue.record(error)
            return nil
        }
    }

    @Test func aSmallFile() throws {
        let file = try instances()
        #expect(file.images.map(\.fileName) == ["a/b.jpg"])
        #expect(file.categories.map(\.name) == ["cat"])
        let truth = try #require(file.groundTruthsByImage[1]?.first)
        #expect(truth == GroundTruth(box: PixelBox(x: 0, y: 1, width: 2, height: 1.5), categoryID: 5, area: 3))
        let crowd = try instances(
            annotations: #"""
                {"id":9,"image_id":1,"category_id":5,"bbox":[0,1,2,1],"area":7,"iscrowd":1,"segmentation":{"counts":[1,[2]]}}
                """#)
        #expect(crowd.annotations[0].truth.isCrowd && crowd.annotations[0].truth.area == 7)
        #expect(file.annotations[0].score == nil)
        let scored = #"{"id":9,"image_id":1,"category_id":5,"bbox":[0,1,2,1],"score":0.25}"#
        #expect(try instances(annotations: scored).annotations[0].score == 0.25)
        for score in ["0", "-0.5", "1.01", "1e300"] {
            let text = scored.replacing("0.25", with: score)
            #expect(error { _ = try instances(annotations: text) } == .invalidAnnotationScore(annotation: 9))
        }
    }

    @Test func hostileInstances() {
        let image = #"{"id":1,"file_name":"a","width":4,"height":3}"#
        #expect(error { _ = try instances(images: image + "," + image) } == .duplicateImage(1))
        let other = #"{"id":2,"file_name":"a","width":4,"height":3}"#
        #expect(
            error { _ = try instances(images: image + "," + other) } == .duplicateFile(images: [1, 2], name: "a"))
        let category = #"{"id":5,"name":"cat"}"#
        #expect(error { _ = try instances(categories: category + "," + category) } == .duplicateCategory(5))
        for size in ["\"width\":0,\"height\":3", "\"width\":4,\"height\":-3", "\"width\":4,\"height\":99999999"] {
            guard
                case .invalidImageSize(image: 1, _, _, limit: 65536) = error({
                    _ = try instances(images: #"{"id":1,"file_name":"a",\#(size)}"#)
                })
            else {
                Issue.record("\(size) was taken")
                continue
            }
        }
        for name in ["", "/etc/passwd", "../a", "a/../../b", "..", #"a\u0000b"#] {
            #expect(
                error { _ = try instances(images: #"{"id":1,"file_name":"\#(name)","width":4,"height":3}"#) }
                    == .invalidFileName(image: 1))
        }
        func annotation(_ image: Int, _ category: Int, _ rest: String) -> COCOFileError? {
            error {
                _ = try instances(
                    annotations: #"{"id":9,"image_id":\#(image),"category_id":\#(category),\#(rest)}"#)
            }
        }
        #expect(annotation(2, 5, #""bbox":[0,0,1,1]"#) == .unknownImage(annotation: 9, image: 2))
        #expect(annotation(1, 6, #""bbox":[0,0,1,1]"#) == .unknownCategory(annotation: 9, category: 6))
        for rest in [
            #""bbox":[0,0,1]"#, #""bbox":[0,0,1,1,1]"#, #""bbox":[0,0,-1,1]"#, #""bbox":[0,0,1,1],"area":-1"#,
            #""bbox":[0,0,1e300,1e300]"#,
        ] {
            #expect(annotation(1, 5, rest) == .invalidBox(annotation: 9))
        }
        #expect(annotation(1, 5, #""bbox":[0,0,0,1]"#) == nil)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"images":1}"#, String(repeating: "[", count: 100_000),
        #"{"images":[{"id":1.5}]}"#, #"{"images":[{"id":99999999999999999999999}]}"#,
        #"{"images":[],"categories":[],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,1e999]}]}"#,
    ])
    func notTheExpectedForm(_ text: String) {
        guard case .malformed = error({ _ = try COCOInstances(parsing: Array(text.utf8)) }) else {
            Issue.record("taken")
            return
        }
        guard case .malformed = error({ _ = try COCOResults(parsing: Array((text + "x").utf8)) }) else {
            Issue.record("taken as results")
            return
        }
    }

    @Test func errorsSayWhere() {
        #expect(
            error { _ = try instances(images: #"{"id":1,"file_name":"a","height":3}"#) }
                == .malformed(path: "images[0].width", reason: "missing"))
        #expect("\(COCOFileError.malformed(path: "images", reason: "missing"))" == "images: missing")
    }

    @Test func resultsReadBackAsWritten() throws {
        let detection = Detection(
            box: CornerBox(xmin: 0.1, ymin: 0.2, xmax: 0.7, ymax: 0.9), classIndex: 3, score: 0.87654)
        var results = COCOResults()
        results.add(
            [
                ScoredBox(detection, categoryID: 17, imageWidth: 640, imageHeight: 480),
                ScoredBox(box: PixelBox(x: -1e-9, y: 1e20, width: 0, height: 3), categoryID: 1, score: 1e-30),
            ], imageID: 42)
        let json = try results.json()
        #expect(try COCOResults(parsing: json) == results)
        #expect(try COCOResults(parsing: Array("{\"annotations\":".utf8) + json + Array("}".utf8)) == results)
        #expect(try COCOResults(parsing: COCOResults().json()).results.isEmpty)
        #expect(
            try String(
                decoding: COCOResults([
                    .init(
                        imageID: 1,
                        detection: .init(
                            box: PixelBox(x: 1, y: 2, width: 3.5, height: 4), categoryID: 2, score: 0.5))
                ]).json(), as: UTF8.self)
                == "[\n{\"image_id\":1,\"category_id\":2,\"bbox\":[1.0,2.0,3.5,4.0],\"score\":0.5}\n]\n")
    }

    @Test func resultsThatCannotBeWrittenOrRead() {
        let broken = ScoredBox(box: PixelBox(x: .nan, y: 0, width: 1, height: 1), categoryID: 1, score: 1)
        #expect(
            error { _ = try COCOResults([.init(imageID: 1, detection: broken)]).json() } == .invalidResult(index: 0))
        let text = #"[{"image_id":1,"category_id":1,"bbox":[0,0,-1,1],"score":1}]"#
        #expect(error { _ = try COCOResults(parsing: Array(text.utf8)) } == .invalidResult(index: 0))
    }
}
