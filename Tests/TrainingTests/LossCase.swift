import TestSupport
import Training

/// A batch of raw outputs and targets for tests of the loss.
struct LossCase {
    var locations: [Float]
    var scores: [Float]
    var targets: [MultiBoxTargets]
    var classCount: Int

    /// A random batch. `positiveShare` of the boxes, on average, have an object; `magnitude` scales the scores.
    init(seed: UInt64, images: Int, boxes: Int, classCount: Int, positiveShare: [Double], magnitude: Float) {
        var generator = SeededGenerator(seed: seed)
        self.classCount = classCount
        targets = (0..<images).map { image in
            let classes = (0..<boxes).map { _ in
                Double.random(in: 0..<1, using: &generator) < positiveShare[image % positiveShare.count]
                    ? Int.random(in: 1..<classCount, using: &generator) : 0
            }
            let offsets = classes.map { label in
                label == 0 ? .zero : SIMD4<Float>.random(in: -3...3, using: &generator)
            }
            return MultiBoxTargets(classes: classes, offsets: offsets)
        }
        locations = (0..<images * boxes * 4).map { _ in Float.random(in: -3...3, using: &generator) }
        scores = (0..<images * boxes * classCount).map { _ in
            Float.random(in: -magnitude...magnitude, using: &generator)
        }
    }

    struct Outcome {
        var value: MultiBoxLossValue
        var locationGradient: [Float]
        var scoreGradient: [Float]
    }

    func run(_ loss: MultiBoxLoss) -> Outcome {
        var locationGradient = [Float](repeating: .nan, count: locations.count)
        var scoreGradient = [Float](repeating: .nan, count: scores.count)
        let value = locations.withUnsafeBufferPointer { locations in
            scores.withUnsafeBufferPointer { scores in
                locationGradient.withUnsafeMutableBufferPointer { locationGradient in
                    scoreGradient.withUnsafeMutableBufferPointer { scoreGradient in
                        loss(
                            locations: locations, scores: scores, targets: targets, classCount: classCount,
                            gradients: .init(locations: locationGradient, scores: scoreGradient))
                    }
                }
            }
        }
        return Outcome(value: value, locationGradient: locationGradient, scoreGradient: scoreGradient)
    }

    func runReference(_ reference: ReferenceLoss) -> ReferenceLoss.Result {
        let boxes = targets.first?.classes.count ?? 0
        func nested(_ flat: [Float], _ columns: Int) -> [[[Double]]] {
            targets.indices.map { image in
                (0..<boxes).map { box in
                    (0..<columns).map { Double(flat[(image * boxes + box) * columns + $0]) }
                }
            }
        }
        return reference(
            locations: nested(locations, 4), scores: nested(scores, classCount), classes: targets.map(\.classes),
            offsets: targets.map { $0.offsets.map { offset in (0..<4).map { Double(offset[$0]) } } })
    }
}
