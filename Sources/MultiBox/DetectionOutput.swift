#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// From a network's raw outputs for one image to its detections: confidences, threshold, decoding, suppression.
///
/// A row of scores is looked at closely only if its maximum shows that it can pass the threshold, and only candidates
/// that enter suppression are decoded. Most rows are background, so most of the work never happens.
///
/// Nothing in the outputs can do harm: a score that is not finite never passes, a box that is not finite is dropped.
public struct DetectionOutput: Sendable {
    /// How outputs become detections.
    public let configuration: DetectionOutputConfiguration
    /// How boxes are coded.
    public let coder: BoxCoder
    /// The default boxes, in the order of the outputs.
    public let defaultBoxes: [CenterBox]
    let layout: Layout

    /// A post-processing from its parts, which may come from a file.
    ///
    /// - Throws: what is wrong with them.
    public init(
        configuration: DetectionOutputConfiguration, coder: BoxCoder = .ssd, defaultBoxes: [CenterBox]
    ) throws(MultiBoxError) {
        try configuration.validate()
        try coder.validate()
        try DefaultBoxes.validate(defaultBoxes)
        self.configuration = configuration
        self.coder = coder
        self.defaultBoxes = defaultBoxes
        self.layout = Layout(configuration, priors: defaultBoxes.count)
    }

    /// The memory for calls of this post-processing; each concurrent caller needs its own.
    public func makeWorkspace() -> Workspace { Workspace(layout) }

    /// The detections of one image.
    ///
    /// - Parameters:
    ///   - loc: Raw offsets, `defaultBoxes.count` × 4.
    ///   - conf: Raw scores, `defaultBoxes.count` × `classCount`.
    ///   - options: What this call wants otherwise than the configuration.
    ///   - workspace: Made by `makeWorkspace` of an equal post-processing.
    /// - Returns: Detections by descending score (ties: lower class, then lower default box). With `bestClass` they follow
    ///   the survivors by descending best score (ties: lower default box), each with its classes by descending score.
    public func detections(
        loc: UnsafeBufferPointer<Float>, conf: UnsafeBufferPointer<Float>, options: DetectionOptions = .init(),
        workspace: inout Workspace
    ) -> [Detection] {
        precondition(workspace.layout == layout, "a workspace of another post-processing")
        precondition(loc.count == layout.priors * 4, "four offsets for each default box")
        precondition(conf.count == layout.priors * layout.classCount, "a row of scores for each default box")
        guard let loc = loc.baseAddress, let conf = conf.baseAddress else { return [] }

        let call = Call(configuration, options)
        let columnCount = selectColumns(options.classes, &workspace)
        guard columnCount > 0, call.maxDetections > 0 else { return [] }
        workspace.beginCall()
        collectCandidates(conf, call, columnCount: columnCount, allColumns: options.classes == nil, &workspace)
        for segment in 0..<layout.segments { suppress(segment, loc, call, &workspace) }
        return result(conf, call, columnCount: columnCount, &workspace)
    }
}

extension DetectionOutput {
    /// The settled options of a call.
    struct Call {
        /// The lowest score that passes, itself included.
        let cut: Float
        let iouThreshold: Float
        let maxDetections: Int
        /// The most survivors of a competition that can matter.
        let maxSurvivors: Int

        init(_ configuration: DetectionOutputConfiguration, _ options: DetectionOptions) {
            let threshold = options.scoreThreshold ?? configuration.scoreThreshold
            // s > t is s ≥ the next number after t.
            cut = configuration.thresholdIsInclusive ? threshold : threshold.nextUp
            iouThreshold = max(0, options.iouThreshold ?? configuration.iouThreshold)
            maxDetections = options.maxDetections ?? configuration.maxDetections
            // Survivors leave by descending score, so those of a class beyond the image's limit are never reported.
            maxSurvivors = min(configuration.detectionsPerClass ?? .max, maxDetections)
        }

        /// A raw score below which, less a margin for rounding, the logistic function is below the cut. Near 1 it is flat
        /// to the precision of a Float, so the bound goes no further than the logit of 0.99.
        var logitBound: Float {
            guard cut > 0 else { return cut.isNaN ? .nan : -.infinity }
            let limited = Double(min(cut, 0.99))
            return Float(log(limited / (1 - limited))) - 0.001
        }
    }

    /// Lists the columns that may be reported.
    private func selectColumns(_ classes: Set<Int>?, _ workspace: inout Workspace) -> Int {
        var count = 0
        for column in 0..<layout.classCount
        where column != configuration.backgroundIndex && classes?.contains(column) != false {
            workspace.columns[count] = column
            count += 1
        }
        return count
    }

    /// Fills the competitions with what passes the threshold.
    private func collectCandidates(
        _ conf: UnsafePointer<Float>, _ call: Call, columnCount: Int, allColumns: Bool, _ workspace: inout Workspace
    ) {
        let bound: Float
        switch configuration.activation {
        case .softmax: bound = min(call.logitBound, 0)
        case .sigmoid: bound = call.logitBound
        case .identity: bound = call.cut
        }
        let classCount = layout.classCount
        let background = configuration.backgroundIndex
        for prior in 0..<layout.priors {
            let row = conf + prior * classCount
            var wanted = -Float.infinity
            if allColumns {
                if let background {
                    let after = background + 1
                    wanted = ScoreRow.maximum(row + after, count: classCount - after)
                    if background > 0 { wanted = max(wanted, ScoreRow.maximum(row, count: background)) }
                } else {
                    wanted = ScoreRow.maximum(row, count: classCount)
                }
            } else {
                for position in 0..<columnCount { wanted = max(wanted, row[workspace.columns[position]]) }
            }
            switch configuration.activation {
            case .softmax:
                // p_c = 1 / Σ e^(x_j − x_c) ≤ 1 / (1 + e^(x_b − x_c)) for any other column b, here the largest.
                let largest: Float
                if allColumns, let background {
                    largest = max(wanted, row[background])
                } else {
                    largest = ScoreRow.maximum(row, count: classCount)
                }
                guard wanted - largest >= bound else { continue }
                let sum = ScoreRow.exponentials(row, count: classCount, minus: largest, into: workspace.row)
                let scale = 1 / sum
                collectRow(workspace.row, prior, columnCount, call.cut * sum * 0.999_99, call.cut, &workspace) {
                    $0 * scale
                }
            case .sigmoid:
                guard wanted >= bound else { continue }
                collectRow(row, prior, columnCount, bound, call.cut, &workspace) { 1 / (1 + exp(-$0)) }
            case .identity:
                guard wanted >= bound else { continue }
                collectRow(row, prior, columnCount, bound, call.cut, &workspace) { $0 }
            }
        }
    }

    /// Adds the candidates of one row. Values below `valueCut` cannot pass, so that `score` is asked for few.
    @inline(__always)
    private func collectRow(
        _ values: UnsafePointer<Float>, _ prior: Int, _ columnCount: Int, _ valueCut: Float, _ cut: Float,
        _ workspace: inout Workspace, score: (Float) -> Float
    ) {
        let columns = workspace.columns
        if configuration.suppression == .perClass {
            for position in 0..<columnCount {
                let column = columns[position]
                guard values[column] >= valueCut else { continue }
                let score = score(values[column])
                guard score >= cut, score < .infinity else { continue }
                workspace.add(RankedKey.make(score: score, index: prior), to: column)
            }
        } else {
            var best = -Float.infinity
            for position in 0..<columnCount where values[columns[position]] >= valueCut {
                let score = score(values[columns[position]])
                if score > best, score < .infinity { best = score }
            }
            guard best >= cut, best > -.infinity else { return }
            workspace.add(RankedKey.make(score: best, index: prior), to: 0)
        }
    }

    /// Runs one competition and lists its survivors.
    private func suppress(_ segment: Int, _ loc: UnsafePointer<Float>, _ call: Call, _ workspace: inout Workspace) {
        let total = workspace.counts[segment]
        guard total > 0 else { return }
        let keys = workspace.keys + segment * layout.segmentCapacity
        let considered = min(total, layout.candidates)
        RankedKey.sortPrefix(keys, total: total, count: considered)
        workspace.kept.removeAll()
        for position in 0..<considered {
            guard workspace.kept.count < call.maxSurvivors else { return }
            let prior = RankedKey.index(keys[position])
            let box = decodedBox(prior, loc, &workspace)
            guard box.isFinite, !workspace.kept.overlaps(box, above: call.iouThreshold) else { continue }
            workspace.kept.append(box)
            let survivor = workspace.survivorCount
            workspace.survivors[survivor] = (Int32(segment), Int32(prior))
            workspace.survivorKeys[survivor] = RankedKey.make(score: RankedKey.score(keys[position]), index: survivor)
            workspace.survivorCount = survivor + 1
        }
    }

    private func decodedBox(
        _ prior: Int, _ loc: UnsafePointer<Float>, _ workspace: inout Workspace
    ) -> CornerBox {
        if workspace.generations[prior] == workspace.generation { return workspace.decoded[prior] }
        let offsets = loc + prior * 4
        var box = coder.decode(
            SIMD4(offsets[0], offsets[1], offsets[2], offsets[3]), relativeTo: defaultBoxes[prior])
        // A box that is not finite must stay so: clipping would give it edges.
        if configuration.clip == .beforeSuppression, box.isFinite { box = box.clipped() }
        workspace.decoded[prior] = box
        workspace.generations[prior] = workspace.generation
        return box
    }

    /// The best survivors of all competitions.
    private func result(
        _ conf: UnsafePointer<Float>, _ call: Call, columnCount: Int, _ workspace: inout Workspace
    ) -> [Detection] {
        // Survivors were listed by class, then by descending score, so a lower position is a lower class or default box.
        let count = min(workspace.survivorCount, call.maxDetections)
        RankedKey.sortPrefix(workspace.survivorKeys, total: workspace.survivorCount, count: count)
        var detections: [Detection] = []
        switch configuration.suppression {
        case .perClass:
            detections.reserveCapacity(count)
            for position in 0..<count {
                let key = workspace.survivorKeys[position]
                let (column, prior) = workspace.survivors[RankedKey.index(key)]
                detections.append(
                    Detection(
                        box: reported(workspace.decoded[Int(prior)]), classIndex: Int(column),
                        score: RankedKey.score(key), priorIndex: Int(prior)))
            }
        case .bestClass(let classesPerDetection):
            let classes = min(classesPerDetection, columnCount)
            detections.reserveCapacity(count * classes)
            for position in 0..<count {
                let prior = Int(workspace.survivors[RankedKey.index(workspace.survivorKeys[position])].prior)
                let box = reported(workspace.decoded[prior])
                let ranked = rankClasses(conf + prior * layout.classCount, columnCount, keeping: classes, &workspace)
                for rank in 0..<ranked {
                    let key = workspace.rowKeys[rank]
                    detections.append(
                        Detection(
                            box: box, classIndex: RankedKey.index(key), score: RankedKey.score(key), priorIndex: prior))
                }
            }
        }
        return detections
    }

    /// Ranks the wanted classes of one row by descending confidence (ties: lower class), at most `limit`.
    private func rankClasses(
        _ row: UnsafePointer<Float>, _ columnCount: Int, keeping limit: Int, _ workspace: inout Workspace
    ) -> Int {
        var scale: Float = 1
        if configuration.activation == .softmax {
            let largest = ScoreRow.maximum(row, count: layout.classCount)
            scale = 1 / ScoreRow.exponentials(row, count: layout.classCount, minus: largest, into: workspace.row)
        }
        var count = 0
        for position in 0..<columnCount {
            let column = workspace.columns[position]
            let score: Float
            switch configuration.activation {
            case .softmax: score = workspace.row[column] * scale
            case .sigmoid: score = 1 / (1 + exp(-row[column]))
            case .identity: score = row[column]
            }
            guard score.isFinite else { continue }
            workspace.rowKeys[count] = RankedKey.make(score: score, index: column)
            count += 1
        }
        RankedKey.sortPrefix(workspace.rowKeys, total: count, count: min(limit, count))
        return min(limit, count)
    }

    private func reported(_ box: CornerBox) -> CornerBox { configuration.clip == .atEnd ? box.clipped() : box }
}

extension DetectionOutput.Workspace {
    /// Forgets the call before.
    mutating func beginCall() {
        counts.update(repeating: 0, count: layout.segments)
        cutoffs.update(repeating: .max, count: layout.segments)
        survivorCount = 0
        generation &+= 1
        if generation == 0 {
            generations.update(repeating: 0, count: layout.priors)
            generation = 1
        }
    }

    /// Adds a candidate to a competition. When it is full, the worse half is thrown out, and nothing worse than what
    /// remains enters again: memory is bounded and the best `candidates` are always there.
    @inline(__always)
    mutating func add(_ key: UInt64, to segment: Int) {
        guard key < cutoffs[segment] else { return }
        let count = counts[segment]
        if count < layout.segmentCapacity {
            keys[segment * layout.segmentCapacity + count] = key
            counts[segment] = count + 1
        } else {
            addToFull(key, segment)
        }
    }

    private mutating func addToFull(_ key: UInt64, _ segment: Int) {
        let base = keys + segment * layout.segmentCapacity
        RankedKey.selectPrefix(base, total: layout.segmentCapacity, count: layout.candidates)
        var worst = base[0]
        for position in 1..<max(layout.candidates, 1) { worst = max(worst, base[position]) }
        cutoffs[segment] = worst
        counts[segment] = layout.candidates
        if key < worst {
            base[layout.candidates] = key
            counts[segment] += 1
        }
    }
}
