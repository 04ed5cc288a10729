/// The parameters of COCO's evaluation of boxes.
enum COCOParameters {
    /// 0.50, 0.55, …, 0.95, computed as the official code does.
    static let overlapThresholds: [Double] = {
        let step = (0.95 - 0.5) / 9
        return (0..<10).map { $0 == 9 ? 0.95 : Double($0) * step + 0.5 }
    }()

    /// Square pixels, both ends counted: all, small, medium, large.
    static let areaRanges: [ClosedRange<Double>] = [0...1e10, 0...1024, 1024...9216, 9216...1e10]

    /// Detections of a class in an image.
    static let maxDetections = 100
}

/// What became of the detections of one class in one image, for one range of areas.
struct COCOMatching {
    /// A detection's outcome at each overlap threshold, one bit a threshold.
    struct Outcome {
        /// It found a truth.
        var matched: UInt16 = 0
        /// It does not count.
        var ignored: UInt16 = 0
        /// The truth it found at the lowest threshold, if that counts.
        var truth: Int?
    }

    /// By descending score.
    let outcomes: [Outcome]
    /// Truths that count.
    let positives: Int

    /// Matches detections, by descending score, to truths.
    ///
    /// Truths that do not count (crowds, difficult ones, those outside the range) come last, so that a detection prefers one
    /// that counts however small the overlap above the threshold. A detection takes the largest overlap; the last of equal
    /// ones, as the official code compares with ≥.
    ///
    /// - Parameter overlaps: For each detection its overlap with each truth.
    init(detections: [ScoredBox], truths: [GroundTruth], overlaps: [[Double]], areas: ClosedRange<Double>) {
        func isIgnored(_ truth: GroundTruth) -> Bool {
            truth.isCrowd || truth.isDifficult || truth.area < areas.lowerBound || truth.area > areas.upperBound
        }
        let counting = truths.indices.filter { !isIgnored(truths[$0]) }
        let order = counting + truths.indices.filter { isIgnored(truths[$0]) }
        var outcomes = Array(repeating: Outcome(), count: detections.count)
        var taken = Array(repeating: false, count: truths.count)
        for (bit, threshold) in COCOParameters.overlapThresholds.enumerated() {
            for index in taken.indices { taken[index] = false }
            for detection in detections.indices {
                var best = min(threshold, 1 - 1e-10)
                var match: Int?
                for (position, truth) in order.enumerated() {
                    if taken[truth], !truths[truth].isCrowd { continue }
                    // A match that counts is not given up for one that does not.
                    if let match, match < counting.count, position >= counting.count { break }
                    if overlaps[detection][truth] < best { continue }
                    best = overlaps[detection][truth]
                    match = position
                }
                if let match {
                    taken[order[match]] = true
                    outcomes[detection].matched |= 1 << UInt16(bit)
                    if match >= counting.count {
                        outcomes[detection].ignored |= 1 << UInt16(bit)
                    } else if bit == 0 {
                        outcomes[detection].truth = order[match]
                    }
                } else if !areas.contains(detections[detection].box.area) {
                    outcomes[detection].ignored |= 1 << UInt16(bit)
                }
            }
        }
        self.outcomes = outcomes
        self.positives = counting.count
    }
}
