import Platform

extension DetectionOutput {
    /// The settled options of a call.
    struct Call {
        /// The lowest score that passes, itself included; it rises when enough better ones are found. Of several
        /// thresholds the lowest.
        var cut: Float
        /// Whether classes have thresholds of their own.
        let hasClassCuts: Bool
        let iouThreshold: Float
        let maxDetections: Int

        init(_ configuration: DetectionOutputConfiguration, _ options: DetectionOptions) {
            cut = Self.cut(options.scoreThreshold ?? configuration.scoreThreshold, configuration)
            hasClassCuts = !options.classThresholds.isEmpty
            iouThreshold = max(0, options.iouThreshold ?? configuration.iouThreshold)
            maxDetections = options.maxDetections ?? configuration.maxDetections
        }

        /// The lowest score that passes a threshold.
        static func cut(_ threshold: Float, _ configuration: DetectionOutputConfiguration) -> Float {
            // s > t is s ≥ the next number after t.
            configuration.thresholdIsInclusive ? threshold : threshold.nextUp
        }

        /// How many candidates are kept: far more than detections, since most of them are suppressed.
        var candidateLimit: Int { max(1024, min(maxDetections, 1 << 24) * 4) }

        /// A raw score below which, less a margin for rounding, the logistic function is below the cut. Near 1 it is flat
        /// to the precision of a Float, so the bound goes no further than the logit of 0.99.
        var logitBound: Float {
            guard cut > 0 else { return cut.isNaN ? .nan : -.infinity }
            let limited = Double(min(cut, 0.99))
            return Float(log(limited / (1 - limited))) - 0.001
        }

        /// What the largest wanted raw score of a row must reach; with softmax, beside the largest of all.
        func rowBound(_ activation: DetectionOutputConfiguration.ScoreActivation) -> Float {
            switch activation {
            case .softmax: min(logitBound, 0)
            case .sigmoid: logitBound
            case .identity: cut
            }
        }
    }

    /// Lists the columns that may be reported, with what their scores must reach; the call's cut becomes the least of that.
    func selectColumns(_ options: DetectionOptions, _ call: inout Call, _ workspace: inout Workspace) -> Int {
        let (classes, thresholds, cut) = (options.classes, options.classThresholds, call.cut)
        var least = Float.infinity
        var count = 0
        workspace.cuts.update(repeating: .infinity, count: configuration.classCount)
        for column in 0..<configuration.classCount
        where column != configuration.backgroundIndex && classes?.contains(column) != false {
            workspace.columns[count] = column
            workspace.cuts[column] =
                call.hasClassCuts ? thresholds[column].map { Call.cut($0, configuration) } ?? cut : cut
            least = min(least, workspace.cuts[column])
            count += 1
        }
        if call.hasClassCuts { call.cut = least }
        return count
    }

    /// Lists what passes the threshold, or where classes compete by themselves no more than about `limit` of the best.
    func collectCandidates(
        _ conf: UnsafePointer<Float>, _ call: Call, columnCount: Int, allColumns: Bool, limit: Int?,
        _ workspace: inout Workspace
    ) {
        let limit = configuration.suppression == .perClass ? limit : nil
        if configuration.activation == .softmax { return collectSoftmax(conf, call, limit: limit, &workspace) }
        var call = call
        var bound = call.rowBound(configuration.activation)
        let classCount = configuration.classCount
        let background = configuration.backgroundIndex
        for prior in 0..<defaultBoxes.count {
            if let limit, workspace.candidates.isLong {
                call.cut = max(call.cut, workspace.candidates.dropWorst(keeping: limit))
                bound = call.rowBound(configuration.activation)
            }
            let row = conf + prior * classCount
            var wanted = -Float.infinity
            if allColumns {
                let after = (background ?? -1) + 1
                wanted = ScoreRow.maximum(row + after, count: classCount - after)
                if let background, background > 0 { wanted = max(wanted, ScoreRow.maximum(row, count: background)) }
            } else {
                for position in 0..<columnCount { wanted = max(wanted, row[workspace.columns[position]]) }
            }
            switch configuration.activation {
            case .softmax: preconditionFailure("collected by rows")
            case .sigmoid:
                guard wanted >= bound else { continue }
                if isBestScore(wanted, allColumns) {
                    addBest(1 / (1 + exp(-wanted)), prior, call.cut, &workspace)
                    continue
                }
                collectRow(row, prior, columnCount, bound, call.cut, &workspace) { 1 / (1 + exp(-$0)) }
            case .identity:
                guard wanted >= bound else { continue }
                if isBestScore(wanted, allColumns) {
                    addBest(wanted, prior, call.cut, &workspace)
                    continue
                }
                collectValues(row, prior, columnCount, allColumns, call.cut, &workspace)
            }
        }
    }

    /// The same of softmax confidences: rows are scanned a few hundred at a time.
    private func collectSoftmax(
        _ conf: UnsafePointer<Float>, _ call: Call, limit: Int?, _ workspace: inout Workspace
    ) {
        var call = call
        if let limit, let cut = sampledCut(conf, call, limit: limit, &workspace) {
            call.cut = cut
            workspace.candidates.truncate()
        }
        let rowsAtOnce = 256
        let competeByClass = configuration.suppression == .perClass
        var next = 0
        // Where a default box stands for its best class: that of the row at hand.
        var best: (row: Int32, score: Float)?
        while next < defaultBoxes.count {
            if let limit, workspace.candidates.isLong {
                call.cut = max(call.cut, workspace.candidates.dropWorst(keeping: limit))
            }
            let result = scan(conf, next..<min(next + rowsAtOnce, defaultBoxes.count), call, workspace)
            next = result.next
            if competeByClass {
                addFound(result.count, &workspace)
                continue
            }
            for candidate in workspace.found[..<result.count] where isWanted(candidate, workspace) != 0 {
                if let last = best, last.row != candidate.row {
                    workspace.candidates.append(Self.key(score: last.score, group: 0, prior: Int(last.row)))
                    best = nil
                }
                best = (candidate.row, max(best?.score ?? candidate.score, candidate.score))
            }
        }
        if let best { workspace.candidates.append(Self.key(score: best.score, group: 0, prior: Int(best.row))) }
    }

    /// A score that several times `limit` candidates reach, as far as a sample of the rows can tell; nil where it tells of
    /// fewer. Where nearly everything passes, as with a network that was not trained, most of the time would go into
    /// candidates that are soon dropped for better ones.
    private func sampledCut(
        _ conf: UnsafePointer<Float>, _ call: Call, limit: Int, _ workspace: inout Workspace
    ) -> Float? {
        // A prime, so that all the shapes of a feature map's default boxes have their part.
        let oneIn = 31
        let enough = limit * 4 / oneIn
        var call = call
        for row in stride(from: oneIn / 2, to: defaultBoxes.count, by: oneIn) {
            addFound(scan(conf, row..<row + 1, call, workspace).count, &workspace)
            if workspace.candidates.count >= enough * 4 {
                call.cut = max(call.cut, workspace.candidates.keepBest(enough))
            }
        }
        let cut = workspace.candidates.count >= enough ? workspace.candidates.keepBest(enough) : nil
        workspace.candidates.removeAll()
        return cut.map { max($0, call.cut) }
    }

    /// Finds the confidences of some rows that reach the cut.
    private func scan(
        _ conf: UnsafePointer<Float>, _ rows: Range<Int>, _ call: Call, _ workspace: borrowing Workspace
    ) -> (count: Int, next: Int) {
        softmaxScan(
            SoftmaxScan(
                scores: conf, columns: configuration.classCount, rows: rows, background: configuration.backgroundIndex,
                cut: call.cut, bound: call.rowBound(.softmax), row: workspace.row, found: workspace.found))
    }

    /// Adds what a scan has found, each for its class.
    private func addFound(_ count: Int, _ workspace: inout Workspace) {
        workspace.candidates.reserve(count)
        for candidate in workspace.found[..<count] {
            let key = Self.key(score: candidate.score, group: Int(candidate.column), prior: Int(candidate.row))
            workspace.candidates.append(key, times: isWanted(candidate, workspace))
        }
    }

    /// 1 if a candidate can be reported, else 0.
    @inline(__always)
    private func isWanted(_ candidate: SoftmaxScan.Candidate, _ workspace: borrowing Workspace) -> Int {
        (candidate.score >= workspace.cuts[Int(candidate.column)] ? 1 : 0) & (candidate.score < .infinity ? 1 : 0)
    }

    /// Whether the largest raw score of a row is that of the class for which the default box stands; one that is not finite
    /// is passed over for the next.
    @inline(__always)
    private func isBestScore(_ wanted: Float, _ allColumns: Bool) -> Bool {
        allColumns && configuration.suppression != .perClass && wanted.isFinite
    }

    /// Adds a default box that stands for its best class.
    @inline(__always)
    private func addBest(_ score: Float, _ prior: Int, _ cut: Float, _ workspace: inout Workspace) {
        guard score >= cut else { return }
        workspace.candidates.append(Self.key(score: score, group: 0, prior: prior))
    }

    /// Adds the candidates of one row of scores.
    @inline(__always)
    private func collectValues(
        _ values: UnsafePointer<Float>, _ prior: Int, _ columnCount: Int, _ allColumns: Bool, _ cut: Float,
        _ workspace: inout Workspace
    ) {
        guard allColumns, configuration.suppression == .perClass else {
            return collectRow(values, prior, columnCount, cut, cut, &workspace) { $0 }
        }
        let background = configuration.backgroundIndex ?? -1
        let classCount = configuration.classCount
        var first = 0
        while first < classCount {
            let end = min(first + ScoreRow.lanes, classCount)
            // Most vectors end here. In the others any lane may pass, which no branch predictor can tell: so all are
            // written, and those that do not pass are written over.
            if end - first < ScoreRow.lanes || ScoreRow.anyReaches(cut, values + first) {
                workspace.candidates.reserve(ScoreRow.lanes)
                for column in first..<end {
                    let score = values[column]
                    let passes = (score >= cut ? 1 : 0) & (score < .infinity ? 1 : 0) & (column != background ? 1 : 0)
                    workspace.candidates.append(
                        Self.key(score: score, group: column, prior: prior), times: passes)
                }
            }
            first = end
        }
    }

    /// Adds the candidates of one row. Values below `valueCut` cannot pass, so that `score` is asked for few.
    @inline(__always)
    private func collectRow(
        _ values: UnsafePointer<Float>, _ prior: Int, _ columnCount: Int, _ valueCut: Float, _ cut: Float,
        _ workspace: inout Workspace, score: (Float) -> Float
    ) {
        let competeByClass = configuration.suppression == .perClass
        var best: Float?
        for position in 0..<columnCount where values[workspace.columns[position]] >= valueCut {
            let column = workspace.columns[position]
            let score = score(values[column])
            guard score >= cut, score >= workspace.cuts[column], score.isFinite else { continue }
            if competeByClass {
                workspace.candidates.append(Self.key(score: score, group: column, prior: prior))
            } else {
                best = max(best ?? score, score)
            }
        }
        if let best { workspace.candidates.append(Self.key(score: best, group: 0, prior: prior)) }
    }

    /// Orders candidates by descending score, then by group (a class where classes compete by themselves), then by default
    /// box. `DefaultBoxes.maximumCount` and `maximumClassCount` are such that both fit in 32 bits.
    private static func key(score: Float, group: Int, prior: Int) -> UInt64 {
        RankedKey.make(score: score, index: group << priorBits | prior)
    }

    /// Bits of a default box's index in a key.
    static var priorBits: Int { 20 }
}
