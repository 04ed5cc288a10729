import Testing

/// A detection as a client reads it.
struct Found: Equatable, Sendable {
    var label: String
    var id: Int
    var score: Double
    /// xmin, ymin, xmax, ymax.
    var box: [Double]

    init(label: String, id: Int, score: Double, box: [Double]) {
        (self.label, self.id, self.score, self.box) = (label, id, score, box)
    }

    /// An entry of `detections`.
    init(_ entry: [String: Any]) throws {
        let box = try #require(entry["box"] as? [String: Double])
        self.init(
            label: try #require(entry["class"] as? String), id: try #require(entry["class_id"] as? Int),
            score: try #require(entry["score"] as? Double),
            box: try ["xmin", "ymin", "xmax", "ymax"].map { try #require(box[$0]) })
    }

    static func list(_ value: Any?) throws -> [Found] {
        try #require(value as? [[String: Any]]).map { try Found($0) }
    }
}

/// Expects the objects of a photo, each with a score near the highest that its colour can have, best first.
func expect(
    _ found: [Found], are objects: [Found], score: ClosedRange<Double> = 0.9...1,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.allSatisfy { score.contains($0.score) }, sourceLocation: sourceLocation)
    #expect(found.map(\.score) == found.map(\.score).sorted(by: >), sourceLocation: sourceLocation)
    func plain(_ list: [Found]) -> [Found] {
        list.map { Found(label: $0.label, id: $0.id, score: 0, box: $0.box) }
            .sorted { ($0.box[1], $0.box[0]) < ($1.box[1], $1.box[0]) }
    }
    #expect(plain(found) == plain(objects), sourceLocation: sourceLocation)
}
