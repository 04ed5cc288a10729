import Foundation
import TestSupport

/// What the sample picture shows, as who rendered it knows.
struct SampleScene: Decodable {
    struct Size: Decodable {
        var width: Int, height: Int
    }
    struct Thing: Decodable {
        struct Box: Decodable {
            var xmin: Double, ymin: Double, xmax: Double, ymax: Double
        }
        var `class`: String
        var box: Box
    }
    var image: Size
    var objects: [Thing]

    /// Reads it.
    static func read() throws -> SampleScene {
        let path = Program.repository + "/Tests/Fixtures/sample.json"
        return try JSONDecoder().decode(SampleScene.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Its objects in COCO's form, of the classes of the built-in model.
    ///
    /// - Parameter moved: Whether each box is a small one in a corner instead.
    func annotations(file: String, moved: Bool = false) -> String {
        let classes = ["person", "car", "motorcycle", "bus", "truck", "cat", "dog", "horse", "sheep", "cow"]
        let categories = classes.enumerated().map { "{\"id\":\($0.offset + 1),\"name\":\"\($0.element)\"}" }
        let annotations = objects.enumerated().map { index, thing in
            let box = thing.box
            let corner =
                moved
                ? [Double(index) * 12, 0, 10, 10] : [box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin]
            return """
                {"id":\(index + 1),"image_id":1,"category_id":\((classes.firstIndex(of: thing.class) ?? 0) + 1),\
                "bbox":[\(corner.map { "\($0)" }.joined(separator: ","))]}
                """
        }
        return """
            {"images":[{"id":1,"file_name":"\(file)","width":\(image.width),"height":\(image.height)}],
             "categories":[\(categories.joined(separator: ","))],"annotations":[\(annotations.joined(separator: ","))]}
            """
    }
}
