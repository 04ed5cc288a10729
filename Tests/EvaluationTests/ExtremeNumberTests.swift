import Evaluation
import TestSupport
import Testing

/// Every number of COCO's files, replaced by those at which arithmetic goes wrong.
struct ExtremeNumberTests {
    private static let instances = """
        {"images":[{"id":1,"file_name":"a.jpg","width":640,"height":480}],"categories":[{"id":3,"name":"dog"}],
        "annotations":[{"id":7,"image_id":1,"category_id":3,"bbox":[1,2,30,4],"area":12,"iscrowd":1}]}
        """

    private static let results = #"[{"image_id":1,"category_id":3,"bbox":[1,2,3,4],"score":5}]"#

    @Test func `ground truth`() {
        for variant in ExtremeNumbers.variants(of: Self.instances) {
            guard let instances = try? COCOInstances(parsing: Array(variant.utf8)) else { continue }
            var evaluator = COCOEvaluator(categoryIDs: instances.categories.map(\.id))
            for image in instances.images {
                try? evaluator.addImage(image.id, groundTruths: instances.groundTruthsByImage[image.id] ?? [])
            }
            for annotation in instances.annotations {
                let found = ScoredBox(box: annotation.truth.box, categoryID: annotation.truth.categoryID, score: 0.5)
                try? evaluator.add([found], imageID: annotation.imageID)
            }
            for figure in evaluator.summary().figures { #expect(figure.value.map { (-1...1).contains($0) } ?? true) }
        }
    }

    @Test(arguments: ["[", "{\"images\":", "[{\"bbox\":[", "{\"annotations\":["])
    func `nesting without end`(unit: String) {
        let bytes = Array(String(repeating: unit, count: 200_000).utf8)
        #expect(throws: COCOFileError.self) { try COCOInstances(parsing: bytes) }
        #expect(throws: COCOFileError.self) { try COCOResults(parsing: bytes) }
    }

    @Test func `detections`() throws {
        for variant in ExtremeNumbers.variants(of: Self.results) {
            guard let results = try? COCOResults(parsing: Array(variant.utf8)) else { continue }
            #expect(try COCOResults(parsing: results.json()) == results)
        }
    }
}
