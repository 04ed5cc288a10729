import MultiBox

/// Makes one list of what was found in a whole photo and in its parts.
///
/// What the whole photo shows stays: a part's detection of the same object makes it surer, and gives it its box unless the
/// object is large, since of large ones a part sees too little. What a part cuts off at its edge is left out: the next part, or
/// the whole photo, shows more of it. What is new is added best first, each unless a better one of its class is nearly in the
/// same place.
package enum TileMerger {
    /// How near the edge of a part, as a share of its side, a box ends at the edge: boxes are not exact.
    static let edgeMargin: Float = 0.02
    /// The most detections that are taken of a part: what is compared grows with the square of their sum.
    package static let maximumDetectionsOfPart = 200
    /// The most that are taken of the whole photo.
    package static let maximumDetectionsOfWhole = 1000
    /// Intersection over union above which two boxes of a class are one object.
    package static let overlap: Float = 0.5
    /// The share of a part's area from which on an object is large.
    static let largeShare: Float = 0.25

    private struct Kept {
        var detection: Detection
        let isOfWhole: Bool
    }

    /// One list.
    ///
    /// - Parameters:
    ///   - whole: boxes as shares of the photo.
    ///   - parts: boxes as shares of the part.
    package static func merge(
        whole: [Detection], parts: [(frame: TileFrame, detections: [Detection])]
    ) -> [Detection] {
        var found: [(detection: Detection, area: Float)] = []
        for (frame, detections) in parts {
            for detection in detections where !frame.cuts(detection.box) {
                var detection = detection
                detection.box = frame.inPhoto(detection.box)
                found.append((detection, frame.area))
            }
        }
        // A stable order, so that the same photo gives the same answer.
        let ranked = found.indices.sorted { a, b in
            (found[a].detection.score, -a) > (found[b].detection.score, -b)
        }
        var kept = whole.map { Kept(detection: $0, isOfWhole: true) }
        var byClass = Dictionary(grouping: kept.indices) { kept[$0].detection.classIndex }
        for index in ranked {
            let (detection, area) = found[index]
            let rivals = byClass[detection.classIndex] ?? []
            guard let rival = nearest(to: detection.box, of: rivals, in: kept) else {
                byClass[detection.classIndex, default: []].append(kept.count)
                kept.append(Kept(detection: detection, isOfWhole: false))
                continue
            }
            guard kept[rival].isOfWhole, detection.score > kept[rival].detection.score else { continue }
            kept[rival].detection.score = detection.score
            if kept[rival].detection.box.clipped().area < largeShare * area {
                kept[rival].detection.box = detection.box
            }
        }
        return kept.map(\.detection)
    }

    /// The kept detection that overlaps a box the most, if it is one object with it.
    private static func nearest(to box: CornerBox, of rivals: [Int], in kept: [Kept]) -> Int? {
        var best: (index: Int, overlap: Float)?
        for index in rivals {
            let overlap = kept[index].detection.box.clipped().intersectionOverUnion(box)
            if overlap > best?.overlap ?? self.overlap { best = (index, overlap) }
        }
        return best?.index
    }
}
