import Platform

/// SSD's objective (Liu et al. 2016, equations 1 to 3): L = (L_conf + α · L_loc) / N with N the positives of the batch.
///
/// L_loc is smooth L1 (½x² for |x| < 1, else |x| − ½) over the four encoded offsets of each positive. L_conf is softmax
/// cross-entropy over the positives and the negatives that `mining` chooses; each row's log-sum-exp is taken relative to
/// the row's own maximum, so that no finite scores overflow or vanish. With N = 0 the loss and its gradient are 0.
///
/// The terms of a default box are multiplied by its weight, where it has one that is not 1; N is the number of positives all
/// the same.
///
/// Sums are taken in double precision and in the order of the rows: the value does not depend on threads.
public struct MultiBoxLoss: Sendable, Hashable {
    /// How negatives are chosen.
    public var mining: HardNegativeMining
    /// α, the weight of the localization term.
    public var localizationWeight: Float

    /// The published loss, unless said otherwise.
    public init(mining: HardNegativeMining = HardNegativeMining(), localizationWeight: Float = 1) {
        self.mining = mining
        self.localizationWeight = localizationWeight
    }

    /// Where gradients go: arrays of the lengths of the outputs, each element of which is written.
    public struct Gradients {
        /// ∂L/∂offset, `[images, boxes, 4]`.
        public var locations: UnsafeMutableBufferPointer<Float>
        /// ∂L/∂score, `[images, boxes, classes]`.
        public var scores: UnsafeMutableBufferPointer<Float>

        /// The memory for both.
        public init(locations: UnsafeMutableBufferPointer<Float>, scores: UnsafeMutableBufferPointer<Float>) {
            self.locations = locations
            self.scores = scores
        }
    }

    /// The loss of a batch and, where wanted, its gradient.
    ///
    /// The choice of negatives carries no gradient. ∂L/∂offset = α · clamp(offset − target, ±1) / N on positives and
    /// ∂L/∂score = (softmax − onehot) / N on the rows that take part; all else is 0.
    ///
    /// - Parameters:
    ///   - locations: Raw offsets, `[images, boxes, 4]`.
    ///   - scores: Raw scores, `[images, boxes, classes]`.
    ///   - targets: Those of each image.
    ///   - classCount: Columns of a score row; every class of the targets is below it.
    ///   - positives: N, of a batch of which these images are a part, whose terms then add up; nil if they are all of it.
    ///   - gradients: Memory for the gradient, or nil.
    public func callAsFunction(
        locations: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>, targets: [MultiBoxTargets],
        classCount: Int, positives: Int? = nil, gradients: Gradients? = nil
    ) -> MultiBoxLossValue {
        let boxes = targets.first?.classes.count ?? 0
        precondition(targets.allSatisfy { $0.classes.count == boxes }, "targets of one model")
        precondition(classCount >= 2 && targets.allSatisfy { $0.classes.allSatisfy { $0 < classCount } })
        precondition(locations.count == targets.count * boxes * 4, "four offsets for each default box")
        precondition(scores.count == targets.count * boxes * classCount, "a row of scores for each default box")
        if let gradients {
            precondition(gradients.locations.count == locations.count && gradients.scores.count == scores.count)
            gradients.locations.update(repeating: 0)
            gradients.scores.update(repeating: 0)
        }
        let positives = positives ?? targets.reduce(0) { $0 + $1.positiveCount }
        var value = MultiBoxLossValue(
            confidence: 0, localization: 0, localizationWeight: Double(localizationWeight), positives: positives,
            negatives: 0)
        guard positives > 0 else { return value }
        for (image, target) in targets.enumerated() {
            let rows = image * boxes * classCount..<(image + 1) * boxes * classCount
            let offsets = image * boxes * 4..<(image + 1) * boxes * 4
            let imageGradients = gradients.map {
                Gradients(
                    locations: UnsafeMutableBufferPointer(rebasing: $0.locations[offsets]),
                    scores: UnsafeMutableBufferPointer(rebasing: $0.scores[rows]))
            }
            add(
                target, UnsafeBufferPointer(rebasing: locations[offsets]),
                UnsafeBufferPointer(rebasing: scores[rows]), classCount: classCount, gradients: imageGradients,
                to: &value)
        }
        value.confidence /= Double(positives)
        value.localization /= Double(positives)
        return value
    }

    /// Adds the sums of one image to the terms of `value`, which are divided by its `positives` later.
    private func add(
        _ target: MultiBoxTargets, _ locations: UnsafeBufferPointer<Float>, _ scores: UnsafeBufferPointer<Float>,
        classCount: Int, gradients: Gradients?, to value: inout MultiBoxLossValue
    ) {
        let share = 1 / Double(value.positives)
        let logSums = target.classes.indices.map {
            logSumExp(UnsafeBufferPointer(rebasing: scores[$0 * classCount..<($0 + 1) * classCount]))
        }
        let backgroundLosses = logSums.indices.map { logSums[$0] - Double(scores[$0 * classCount]) }
        let negatives = mining.select(
            classes: target.classes, weights: target.weights, backgroundLosses: backgroundLosses)
        value.negatives += negatives.count

        func addRow(_ row: Int) {
            let (first, label, weight) = (row * classCount, target.classes[row], Double(target.weights[row]))
            value.confidence += weight * (logSums[row] - Double(scores[first + label]))
            guard let gradients else { return }
            for column in 0..<classCount {
                let probability = exp(Double(scores[first + column]) - logSums[row])
                gradients.scores[first + column] = Float(
                    (probability - (column == label ? 1 : 0)) * weight * share)
            }
        }
        var nextNegative = negatives.makeIterator()
        var negative = nextNegative.next()
        for (row, label) in target.classes.enumerated() {
            if label != 0 {
                addRow(row)
                let weight = Double(target.weights[row])
                for axis in 0..<4 {
                    let difference = Double(locations[row * 4 + axis]) - Double(target.offsets[row][axis])
                    let magnitude = abs(difference)
                    value.localization += weight * (magnitude < 1 ? 0.5 * difference * difference : magnitude - 0.5)
                    let slope = min(max(difference, -1), 1) * Double(localizationWeight) * weight * share
                    gradients?.locations[row * 4 + axis] = Float(slope)
                }
            } else if negative == row {
                addRow(row)
                negative = nextNegative.next()
            }
        }
    }

    /// log Σ exp(x), relative to the largest x.
    private func logSumExp(_ row: UnsafeBufferPointer<Float>) -> Double {
        var largest = row[0]
        for score in row.dropFirst() where score > largest { largest = score }
        let origin = Double(largest)
        var sum = 0.0
        for score in row { sum += exp(Double(score) - origin) }
        return origin + log(sum)
    }
}
