/// What is known and what was found, by image.
struct LabelledImages: Sendable {
    struct Image: Sendable {
        var truths: [GroundTruth]
        var detections: [ScoredBox] = []
    }

    private(set) var byID: [Int: Image] = [:]

    mutating func add(_ id: Int, truths: [GroundTruth]) throws(EvaluationError) {
        for (index, truth) in truths.enumerated() where !truth.box.isValid || !(truth.area >= 0 && truth.area.isFinite)
        {
            throw .invalidGroundTruth(imageID: id, index: index)
        }
        guard byID[id] == nil else { throw .duplicateImage(id) }
        byID[id] = Image(truths: truths)
    }

    mutating func add(_ detections: [ScoredBox], to id: Int) throws(EvaluationError) {
        for (index, detection) in detections.enumerated() where !detection.box.isValid || !detection.score.isFinite {
            throw .invalidDetection(imageID: id, index: index)
        }
        guard byID[id] != nil else { throw .unknownImage(id) }
        byID[id]?.detections += detections
    }

    /// Truths and detections of one class in the images that have any, by ascending image.
    func members(of categoryID: Int) -> [(imageID: Int, image: Image)] {
        var members: [(imageID: Int, image: Image)] = []
        for (id, image) in byID {
            let some = Image(
                truths: image.truths.filter { $0.categoryID == categoryID },
                detections: image.detections.filter { $0.categoryID == categoryID })
            if !some.truths.isEmpty || !some.detections.isEmpty { members.append((id, some)) }
        }
        return members.sorted { $0.imageID < $1.imageID }
    }
}

extension Array where Element == ScoredBox {
    /// By descending score; equal scores keep their order.
    func ranked() -> [ScoredBox] {
        indices.sorted { self[$0].score != self[$1].score ? self[$0].score > self[$1].score : $0 < $1 }
            .map { self[$0] }
    }
}
