/// What each kind of mistake costs: by how much AP50 would rise if an oracle put it right, and nothing else (Bolya et al.
/// 2020, arXiv 2008.08115, section 2.3). The gains are those of each kind alone; they do not add up to what is lost.
///
/// A detection in the wrong place is moved to its object, one of the wrong class given the right one; where the object
/// has been found already, or a better detection is moved to it too, it goes. Duplicates, detections on background and
/// those of wrong class in the wrong place go. Objects that were missed are not asked for.
public struct DetectionErrorAnalysis: Sendable, Hashable {
    /// The gain of each kind in AP50, 0...1, by class; classes without an object are left out.
    public let gainsByCategory: [Int: [DetectionErrorKind: Double]]

    /// The gain of a kind in the mean AP50 over classes; nil if there is nothing to be found.
    public func gain(_ kind: DetectionErrorKind) -> Double? {
        let gains = gainsByCategory.sorted { $0.key < $1.key }.compactMap { $0.value[kind] }
        return gains.isEmpty ? nil : gains.reduce(0, +) / Double(gains.count)
    }

    init(categoryIDs: [Int], images: LabelledImages) {
        var judged = Dictionary(uniqueKeysWithValues: categoryIDs.map { ($0, JudgedCategory()) })
        for (number, (_, image)) in images.byID.sorted(by: { $0.key < $1.key }).enumerated() {
            Self.judge(image, number, categoryIDs, &judged)
        }
        gainsByCategory = judged.compactMapValues { category in
            category.averagePrecision.map { before in
                Dictionary(
                    uniqueKeysWithValues: DetectionErrorKind.allCases.map {
                        ($0, category.averagePrecision(without: $0) - before)
                    })
            }
        }
    }

    /// Below this overlap a detection has nothing to do with an object.
    private static let backgroundOverlap = 0.1

    private static func judge(
        _ image: LabelledImages.Image, _ number: Int, _ categoryIDs: [Int], _ judged: inout [Int: JudgedCategory]
    ) {
        let truths = image.truths.filter { !$0.isCrowd && !$0.isDifficult && judged[$0.categoryID] != nil }
        var isFound = [Bool](repeating: false, count: truths.count)
        var mistaken: [(box: ScoredBox, place: JudgedCategory.Place)] = []
        for id in categoryIDs {
            let own = truths.indices.filter { truths[$0].categoryID == id }
            let rest = image.truths.filter { $0.categoryID == id && ($0.isCrowd || $0.isDifficult) }
            let candidates = own.map { truths[$0] } + rest
            let detections = Array(
                image.detections.filter { $0.categoryID == id }.ranked().prefix(COCOParameters.maxDetections))
            let overlaps = detections.map { detection in
                candidates.map { detection.box.overlap(withTruth: $0.box, isCrowd: $0.isCrowd) }
            }
            let matching = COCOMatching(
                detections: detections, truths: candidates, overlaps: overlaps, areas: COCOParameters.areaRanges[0])
            judged[id]?.positives += own.count
            for (rank, detection) in detections.enumerated() where matching.outcomes[rank].ignored & 1 == 0 {
                let place = JudgedCategory.Place(score: detection.score, image: number, rank: rank)
                if let truth = matching.outcomes[rank].truth {
                    isFound[own[truth]] = true
                    judged[id]?.found.append(place)
                } else {
                    mistaken.append((detection, place))
                }
            }
        }
        // Better ones first: of several that would be moved to one object, the best is.
        var isWithinReach = isFound
        var isMovedTo: [DetectionErrorKind: Set<Int>] = [:]
        for (detection, place) in mistaken.sorted(by: { $0.place < $1.place }) {
            let overlaps = truths.map { detection.box.overlap(withTruth: $0.box) }
            func best(_ isOwn: Bool) -> Int? {
                truths.indices.filter { (truths[$0].categoryID == detection.categoryID) == isOwn }
                    .max { overlaps[$0] < overlaps[$1] }
            }
            let (own, other) = (best(true), best(false))
            let (ownOverlap, otherOverlap) = (own.map { overlaps[$0] } ?? 0, other.map { overlaps[$0] } ?? 0)
            let kind: DetectionErrorKind
            var target: Int?
            if ownOverlap >= backgroundOverlap, ownOverlap < COCOParameters.overlapThresholds[0] {
                (kind, target) = (.localization, own)
            } else if otherOverlap >= COCOParameters.overlapThresholds[0] {
                (kind, target) = (.classification, other)
            } else if ownOverlap >= COCOParameters.overlapThresholds[0] {
                kind = .duplicate
            } else {
                kind = otherOverlap >= backgroundOverlap ? .classificationAndLocalization : .background
            }
            judged[detection.categoryID]?.mistakes[kind, default: []].append(place)
            guard let target else { continue }
            isWithinReach[target] = true
            guard !isFound[target], isMovedTo[kind, default: []].insert(target).inserted else { continue }
            judged[truths[target].categoryID]?.corrected[kind, default: []].append(place)
        }
        for index in truths.indices where !isWithinReach[index] { judged[truths[index].categoryID]?.missed += 1 }
    }
}

/// What became of the detections of a class.
private struct JudgedCategory {
    /// Where a detection stands among those of its class: by descending score; equal ones by image, then by rank in it.
    struct Place: Comparable {
        let score: Double
        let image: Int
        let rank: Int

        static func < (left: Place, right: Place) -> Bool {
            left.score != right.score ? left.score > right.score : (left.image, left.rank) < (right.image, right.rank)
        }
    }

    /// Objects to be found.
    var positives = 0
    /// Those that nothing found, nor came near.
    var missed = 0
    /// Detections that found an object.
    var found: [Place] = []
    /// Those that did not.
    var mistakes: [DetectionErrorKind: [Place]] = [:]
    /// Those that would, were mistakes of a kind put right.
    var corrected: [DetectionErrorKind: [Place]] = [:]

    /// AP50; nil without an object.
    var averagePrecision: Double? { positives > 0 ? averagePrecision(without: nil) : nil }

    /// AP50 once the mistakes of a kind are put right, for a class with objects.
    func averagePrecision(without kind: DetectionErrorKind?) -> Double {
        let positives = kind == .missed ? positives - missed : positives
        guard positives > 0 else { return 1 }
        var all = found.map { ($0, true) }
        for (other, places) in mistakes where other != kind { all += places.map { ($0, false) } }
        if let kind { all += (corrected[kind] ?? []).map { ($0, true) } }
        all.sort { $0.0 < $1.0 }
        return AveragePrecision.hundredOnePoint(
            PrecisionRecallCurve(scores: all.map(\.0.score), isTruePositive: all.map(\.1), positives: positives))
    }
}
