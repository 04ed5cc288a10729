import Foundation
import MultiBox

/// The oracle of `DetectionOutput`: activates every row, decodes every box, sorts and suppresses plainly.
struct NaiveDetectionOutput {
    let output: DetectionOutput

    /// Confidences in double precision, rounded once.
    func scores(_ row: [Float]) -> [Float] {
        switch output.configuration.activation {
        case .identity: return row
        case .sigmoid: return row.map { Float(1 / (1 + exp(-Double($0)))) }
        case .softmax:
            let largest = Double(row.max() ?? 0)
            let exponentials = row.map { exp(Double($0) - largest) }
            let sum = exponentials.reduce(0, +)
            return exponentials.map { Float($0 / sum) }
        }
    }

    func detections(_ outputs: RandomOutputs, _ options: DetectionOptions = .init()) -> [Detection] {
        let configuration = output.configuration
        let classes = configuration.classCount
        let threshold = options.scoreThreshold ?? configuration.scoreThreshold
        let limit = options.maxDetections ?? configuration.maxDetections
        let wanted = (0..<classes).filter {
            $0 != configuration.backgroundIndex && (options.classes?.contains($0) ?? true)
        }
        func least(of column: Int) -> Float { options.classThresholds[column] ?? threshold }
        func passes(_ score: Float, _ threshold: Float) -> Bool {
            configuration.thresholdIsInclusive ? score >= threshold : score > threshold
        }
        let rows = outputs.boxes.indices.map { scores(Array(outputs.conf[$0 * classes..<($0 + 1) * classes])) }
        let boxes = outputs.boxes.indices.map { prior in
            let o = outputs.loc[prior * 4..<prior * 4 + 4].map { $0 }
            let box = output.coder.decode(SIMD4(o[0], o[1], o[2], o[3]), relativeTo: outputs.boxes[prior])
            return configuration.clip == .beforeSuppression ? box.clipped() : box
        }
        func suppress(
            _ candidates: [(score: Float, prior: Int)], _ threshold: Float
        ) -> [(score: Float, prior: Int)] {
            let ranked = candidates.filter { passes($0.score, threshold) && boxes[$0.prior].isFinite }
                .sorted { ($0.score, -$0.prior) > ($1.score, -$1.prior) }
                .prefix(configuration.candidatesPerClass)
            var kept: [(score: Float, prior: Int)] = []
            for candidate in ranked {
                let overlapping = kept.contains {
                    boxes[$0.prior].intersectionOverUnion(boxes[candidate.prior])
                        > options.iouThreshold ?? configuration.iouThreshold
                }
                if !overlapping { kept.append(candidate) }
            }
            return kept
        }
        func reported(_ prior: Int) -> CornerBox {
            configuration.clip == .atEnd ? boxes[prior].clipped() : boxes[prior]
        }
        switch configuration.suppression {
        case .perClass:
            var all: [Detection] = []
            for column in wanted {
                let kept = suppress(outputs.boxes.indices.map { (rows[$0][column], $0) }, least(of: column))
                all += kept.prefix(configuration.detectionsPerClass ?? .max).map {
                    Detection(box: reported($0.prior), classIndex: column, score: $0.score, priorIndex: $0.prior)
                }
            }
            let ordered = all.sorted {
                if $0.score != $1.score { return $0.score > $1.score }
                return ($0.classIndex, $0.priorIndex ?? 0) < ($1.classIndex, $1.priorIndex ?? 0)
            }
            return Array(ordered.prefix(limit))
        case .bestClass(let classesPerDetection):
            // With thresholds of classes, those that do not reach theirs are not there.
            func present(_ row: [Float]) -> [Int] {
                options.classThresholds.isEmpty ? wanted : wanted.filter { passes(row[$0], least(of: $0)) }
            }
            let best = outputs.boxes.indices.map { prior in
                (score: present(rows[prior]).map { rows[prior][$0] }.max() ?? -1, prior: prior)
            }
            let lowest = wanted.map(least(of:)).min() ?? 0
            return suppress(best, lowest).prefix(limit).flatMap { survivor in
                let row = rows[survivor.prior]
                return present(row).sorted { (row[$0], -$0) > (row[$1], -$1) }.prefix(classesPerDetection).map {
                    Detection(
                        box: reported(survivor.prior), classIndex: $0, score: row[$0], priorIndex: survivor.prior)
                }
            }
        }
    }
}
