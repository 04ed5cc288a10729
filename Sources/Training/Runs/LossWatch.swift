import Platform

/// Tells a run whose loss has exploded from one whose loss varies.
///
/// Clipping keeps the numbers of a diverging run finite: with a rate 50 times too high the loss of `small-ssd300` stays at
/// 25 times what it was at first, with one 500 times too high at 1000 times. What is compared is the loss of a network that
/// knows nothing, all scores and offsets 0: (1 + negatives for each positive) · ln(classes), and about 4 for the boxes.
struct LossWatch {
    /// How many times that loss is too much.
    private static let factor = 10.0
    /// Steps of which more than half must have had too much of it, since single batches vary.
    private static let window = 25
    /// How many of them are enough at the end of a run.
    private static let leastAtEnd = 5

    /// The loss of a network that knows nothing.
    let untrained: Double
    private var recent: [Double]

    /// A watch over a loss for so many classes, the background among them.
    ///
    /// - Parameter losses: Those of the steps so far.
    init(_ loss: MultiBoxLoss, classCount: Int, after losses: [Double] = []) {
        recent = Array(losses.suffix(Self.window))
        untrained =
            (1 + loss.mining.negativesPerPositive) * log(Double(classCount)) + 4 * Double(loss.localizationWeight)
    }

    /// Takes the loss of the next step.
    mutating func add(_ loss: Double) {
        if recent.count == Self.window { recent.removeFirst() }
        recent.append(loss)
    }

    /// Whether the last step had too much.
    var isHigh: Bool { recent.last.map { $0 > untrained * Self.factor } ?? false }

    /// The loss in the middle of the last steps, if that is too much.
    ///
    /// - Parameter isLast: Whether no step comes after them.
    func explosion(isLast: Bool) -> Double? {
        guard recent.count >= (isLast ? Self.leastAtEnd : Self.window) else { return nil }
        let median = recent.sorted()[recent.count / 2]
        return median > untrained * Self.factor ? median : nil
    }
}
