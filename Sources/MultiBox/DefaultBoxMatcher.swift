/// Assigns ground truths to default boxes for training (Liu et al. 2016, section 2.2).
public struct DefaultBoxMatcher: Sendable, Hashable {
    /// How it is seen to that truths get a default box even below the threshold; implementations differ.
    public enum Strategy: String, Sendable, Hashable, Codable {
        /// The globally best remaining pair of a default box and a truth is joined, each used once, until no pair overlaps
        /// (Caffe, the paper). Every truth that overlaps a default box gets one.
        case bipartite
        /// Each truth takes the default box of its largest overlap; where two want the same, the later has it, and the
        /// earlier can end with none (ssd.pytorch, torchvision).
        case perTruthArgMax
    }

    /// The result for one image.
    public struct Match: Sendable, Hashable {
        /// For each default box, the truth it is to find; nil for background.
        public var truths: [Int?]
        /// For each default box, its largest overlap with any truth.
        public var bestOverlaps: [Float]

        /// The number of default boxes with a truth.
        public var positiveCount: Int { truths.count { $0 != nil } }
    }

    /// How truths get a default box.
    public var strategy: Strategy
    /// A default box also takes its best truth where their overlap is at least this.
    public var overlapThreshold: Float

    /// A matcher; the published threshold is 0.5.
    public init(strategy: Strategy = .bipartite, overlapThreshold: Float = 0.5) {
        self.strategy = strategy
        self.overlapThreshold = overlapThreshold
    }

    /// Matches the truths of one image. The first index wins a tie.
    ///
    /// - Parameters:
    ///   - truths: Normalised boxes.
    ///   - defaultBoxes: The corners of the default boxes.
    public func match(truths: [CornerBox], defaultBoxes: [CornerBox]) -> Match {
        var match = Match(
            truths: Array(repeating: nil, count: defaultBoxes.count),
            bestOverlaps: Array(repeating: 0, count: defaultBoxes.count))
        guard !truths.isEmpty, !defaultBoxes.isEmpty else { return match }
        // Each truth's best default box is found on the way: overlaps are most of the work.
        var candidates = [Candidate?](repeating: nil, count: truths.count)
        for (prior, box) in defaultBoxes.enumerated() {
            var best: (overlap: Float, truth: Int) = (0, 0)
            for (truth, truthBox) in truths.enumerated() {
                let overlap = box.intersectionOverUnion(truthBox)
                if overlap > best.overlap { best = (overlap, truth) }
                if overlap > candidates[truth]?.overlap ?? 0 {
                    candidates[truth] = Candidate(prior: prior, overlap: overlap)
                }
            }
            match.bestOverlaps[prior] = best.overlap
            if best.overlap >= overlapThreshold { match.truths[prior] = best.truth }
        }
        let forced: [(prior: Int, truth: Int)] =
            switch strategy {
            case .bipartite: bipartitePairs(truths, defaultBoxes, candidates)
            case .perTruthArgMax: candidates.enumerated().map { ($1?.prior ?? 0, $0) }
            }
        for pair in forced { match.truths[pair.prior] = pair.truth }
        return match
    }

    /// A truth's best default box that is free.
    private struct Candidate {
        var prior: Int
        var overlap: Float
    }

    /// Pairs by descending overlap, each default box and truth once (ties: lower default box, then lower truth).
    ///
    /// - Parameter candidates: Those of the truths while every default box is free.
    private func bipartitePairs(
        _ truths: [CornerBox], _ defaultBoxes: [CornerBox], _ candidates: [Candidate?]
    ) -> [(prior: Int, truth: Int)] {
        var used = Array(repeating: false, count: defaultBoxes.count)
        // Computed again only when another truth has taken the default box.
        var candidates = candidates
        var pairs: [(prior: Int, truth: Int)] = []
        while true {
            var best: (overlap: Float, prior: Int, truth: Int)?
            for (truth, candidate) in candidates.enumerated() {
                guard let candidate else { continue }
                if let best, (best.overlap, -best.prior) >= (candidate.overlap, -candidate.prior) { continue }
                best = (candidate.overlap, candidate.prior, truth)
            }
            guard let best else { return pairs }
            pairs.append((best.prior, best.truth))
            used[best.prior] = true
            candidates[best.truth] = nil
            for truth in truths.indices where candidates[truth]?.prior == best.prior {
                candidates[truth] = bestPrior(truths[truth], defaultBoxes) { used[$0] }
            }
        }
    }

    /// The default box of the largest overlap above 0, passing over some.
    private func bestPrior(
        _ truth: CornerBox, _ defaultBoxes: [CornerBox], excluding isExcluded: (Int) -> Bool
    ) -> Candidate? {
        var best: Candidate?
        for (prior, box) in defaultBoxes.enumerated() {
            let overlap = box.intersectionOverUnion(truth)
            if overlap > best?.overlap ?? 0, !isExcluded(prior) {
                best = Candidate(prior: prior, overlap: overlap)
            }
        }
        return best
    }
}
