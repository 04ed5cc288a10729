/// A detection as a client reads it.
package struct Found: Equatable, Sendable {
    package var label: String
    package var id: Int
    package var score: Double
    /// xmin, ymin, xmax, ymax.
    package var box: [Double]

    package init(label: String, id: Int, score: Double, box: [Double]) {
        (self.label, self.id, self.score, self.box) = (label, id, score, box)
    }

    /// An entry of `detections`, which has these members and no others.
    package init(_ entry: [String: Any]) throws {
        let sides = ["xmin", "ymin", "xmax", "ymax"]
        guard Set(entry.keys) == ["class", "class_id", "score", "box"], let label = entry["class"] as? String,
            let id = entry["class_id"] as? Int, let score = entry["score"] as? Double,
            let box = entry["box"] as? [String: Double], Set(box.keys) == Set(sides)
        else { throw Unexpected("a detection is \(entry)") }
        self.init(label: label, id: id, score: score, box: sides.compactMap { box[$0] })
    }

    /// What `detections` holds.
    package static func list(_ value: Any?) throws -> [Found] {
        guard let entries = value as? [[String: Any]] else { throw Unexpected("no list of detections") }
        return try entries.map { try Found($0) }
    }
}
