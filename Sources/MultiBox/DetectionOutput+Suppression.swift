import Platform

extension DetectionOutput {
    /// Suppression among the boxes of each class; nil if candidates that were dropped are needed.
    func suppressPerClass(
        _ loc: UnsafePointer<Float>, _ call: Call, columnCount: Int, _ workspace: inout Workspace
    ) -> [Detection]? {
        var detections: [Detection] = []
        // The usual number; a client's limit may be far beyond what there is.
        detections.reserveCapacity(min(call.maxDetections, 200))
        let maxSurvivors = configuration.detectionsPerClass ?? .max
        while detections.count < call.maxDetections, let key = workspace.candidates.popFirst() {
            let index = RankedKey.index(key)
            let column = index >> Self.priorBits
            let prior = index & (1 << Self.priorBits - 1)
            guard workspace.considered[column] < configuration.candidatesPerClass,
                workspace.kept.count(of: column) < maxSurvivors
            else { continue }
            workspace.considered[column] += 1
            let box = decodedBox(prior, loc, &workspace)
            guard box.isFinite, !workspace.kept.overlaps(box, in: column, above: call.iouThreshold) else { continue }
            workspace.kept.append(box, to: column)
            detections.append(
                Detection(
                    box: reported(box), classIndex: column, score: RankedKey.score(key), priorIndex: prior))
        }
        if workspace.candidates.isTruncated, detections.count < call.maxDetections {
            // Classes that take no more candidates do not miss any.
            let isMissed = (0..<columnCount).contains { position in
                let column = workspace.columns[position]
                return workspace.considered[column] < configuration.candidatesPerClass
                    && workspace.kept.count(of: column) < maxSurvivors
            }
            if isMissed { return nil }
        }
        return detections
    }

    /// Suppression among all boxes, each standing for its best class.
    func suppressBestClass(
        _ loc: UnsafePointer<Float>, _ conf: UnsafePointer<Float>, _ call: Call, columnCount: Int,
        reporting classes: Int, _ workspace: inout Workspace
    ) -> [Detection] {
        var detections: [Detection] = []
        let limit = min(call.maxDetections, configuration.detectionsPerClass ?? .max)
        while workspace.kept.count(of: 0) < limit, workspace.considered[0] < configuration.candidatesPerClass,
            let key = workspace.candidates.popFirst()
        {
            workspace.considered[0] += 1
            let prior = RankedKey.index(key)
            let box = decodedBox(prior, loc, &workspace)
            guard box.isFinite, !workspace.kept.overlaps(box, in: 0, above: call.iouThreshold) else { continue }
            workspace.kept.append(box, to: 0)
            let row = conf + prior * configuration.classCount
            let ranked = rankClasses(row, call, columnCount, keeping: classes, &workspace)
            for rank in 0..<ranked {
                let key = workspace.rowKeys[rank]
                detections.append(
                    Detection(
                        box: reported(box), classIndex: RankedKey.index(key), score: RankedKey.score(key),
                        priorIndex: prior))
            }
        }
        return detections
    }

    /// Decodes a box, once a call.
    private func decodedBox(_ prior: Int, _ loc: UnsafePointer<Float>, _ workspace: inout Workspace) -> CornerBox {
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

    /// Ranks the wanted classes of one row by descending confidence (ties: lower class), at most `limit`. Each must reach
    /// its threshold where classes have thresholds of their own; where they have not, that of the best class is enough.
    private func rankClasses(
        _ row: UnsafePointer<Float>, _ call: Call, _ columnCount: Int, keeping limit: Int, _ workspace: inout Workspace
    ) -> Int {
        var scale: Float = 1
        if configuration.activation == .softmax {
            let largest = ScoreRow.maximum(row, count: configuration.classCount)
            scale = 1 / ScoreRow.exponentials(row, count: configuration.classCount, minus: largest, into: workspace.row)
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
            guard score.isFinite, !call.hasClassCuts || score >= workspace.cuts[column] else { continue }
            workspace.rowKeys[count] = RankedKey.make(score: score, index: column)
            count += 1
        }
        RankedKey.sortPrefix(workspace.rowKeys, total: count, count: min(limit, count))
        return min(limit, count)
    }

    private func reported(_ box: CornerBox) -> CornerBox { configuration.clip == .atEnd ? box.clipped() : box }
}
