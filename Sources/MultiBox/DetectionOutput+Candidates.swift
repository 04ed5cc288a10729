#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension DetectionOutput {
    /// The settled options of a call.
    struct Call {
        /// The lowest score that passes, itself included.
        let cut: Float
        let iouThreshold: Float
        let maxDetections: Int

        init(_ configuration: DetectionOutputConfiguration, _ options: DetectionOptions) {
            let threshold = options.scoreThreshold ?? configuration.scoreThreshold
            // s > t is s ≥ the next number after t.
            cut = configuration.thresholdIsInclusive ? threshold : threshold.nextUp
            iouThreshold = max(0, options.iouThreshold ?? configuration.iouThreshold)
            maxDetections = options.maxDetections ?? configuration.maxDetections
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
    func selectColumns(_ classes: Set<Int>?, _ workspace: inout Workspace) -> Int {
        var count = 0
        for column in 0..<configuration.classCount
        where column != configuration.backgroundIndex && classes?.contains(column) != false {
            workspace.columns[count] = column
            count += 1
        }
        return count
    }

    /// Lists what passes the threshold.
    func collectCandidates(
        _ conf: UnsafePointer<Float>, _ call: Call, columnCount: Int, allColumns: Bool, _ workspace: inout Workspace
    ) {
        let bound: Float
        switch configuration.activation {
        case .softmax: bound = min(call.logitBound, 0)
        case .sigmoid: bound = call.logitBound
        case .identity: bound = call.cut
        }
        let classCount = configuration.classCount
        let background = configuration.backgroundIndex
        for prior in 0..<defaultBoxes.count {
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
            case .softmax:
                // p_c = 1 / Σ e^(x_j − x_c) ≤ 1 / (1 + e^(x_b − x_c)) for any other column b, here the largest.
                let largest: Float
                if allColumns {
                    largest = background.map { max(wanted, row[$0]) } ?? wanted
                } else {
                    largest = ScoreRow.maximum(row, count: classCount)
                }
                guard wanted - largest >= bound else { continue }
                let sum = ScoreRow.exponentials(row, count: classCount, minus: largest, into: workspace.row)
                collectScaled(
                    workspace.row, by: 1 / sum, prior, columnCount, allColumns, call.cut * sum * 0.999_99, call.cut,
                    &workspace)
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
                collectScaled(row, by: 1, prior, columnCount, allColumns, bound, call.cut, &workspace)
            }
        }
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

    /// Adds the candidates of one row whose scores are `values` times `scale`; values below `valueCut` cannot pass.
    @inline(__always)
    private func collectScaled(
        _ values: UnsafePointer<Float>, by scale: Float, _ prior: Int, _ columnCount: Int, _ allColumns: Bool,
        _ valueCut: Float, _ cut: Float, _ workspace: inout Workspace
    ) {
        guard allColumns, configuration.suppression == .perClass else {
            return collectRow(values, prior, columnCount, valueCut, cut, &workspace) { $0 * scale }
        }
        let background = configuration.backgroundIndex ?? -1
        let classCount = configuration.classCount
        var first = 0
        while first < classCount {
            let end = min(first + ScoreRow.lanes, classCount)
            // Most vectors end here. In the others any lane may pass, which no branch predictor can tell: so all are
            // written, and those that do not pass are written over.
            if end - first < ScoreRow.lanes || ScoreRow.anyReaches(valueCut, values + first) {
                workspace.candidates.reserve(ScoreRow.lanes)
                for column in first..<end {
                    let score = values[column] * scale
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
            guard score >= cut, score.isFinite else { continue }
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
