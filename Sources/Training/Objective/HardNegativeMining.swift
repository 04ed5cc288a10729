/// Chooses, of the many default boxes that show background, the few that take part in the loss: those that look least
/// like it (Liu et al. 2016, section 2.2).
public struct HardNegativeMining: Sendable, Hashable {
    /// Negatives chosen for each positive of the same photo; 3 as published.
    public var negativesPerPositive: Double
    /// Negatives chosen in a photo without positives; 0 as published, so that such a photo teaches nothing.
    public var minimumNegatives: Int

    /// A choice of negatives; neither number is negative.
    public init(negativesPerPositive: Double = 3, minimumNegatives: Int = 0) {
        precondition(negativesPerPositive >= 0 && negativesPerPositive.isFinite, "a ratio")
        precondition(minimumNegatives >= 0, "a number of boxes")
        self.negativesPerPositive = negativesPerPositive
        self.minimumNegatives = minimumNegatives
    }

    /// How many of a photo's negatives are chosen: min(ratio · positives, negatives).
    public func count(positives: Int, negatives: Int) -> Int {
        guard positives > 0 else { return min(minimumNegatives, negatives) }
        return Int(min(negativesPerPositive * Double(positives), Double(negatives)))
    }

    /// The chosen negatives of one photo, by ascending index.
    ///
    /// - Parameters:
    ///   - classes: The class of each default box; 0 is the background.
    ///   - backgroundLosses: −log p(background) of each default box. Larger ones are chosen first, among equal ones the
    ///     lower index; what is not a number counts as largest, so that it shows in the loss.
    public func select(classes: [Int], backgroundLosses: [Double]) -> [Int] {
        precondition(classes.count == backgroundLosses.count, "a class and a loss for each default box")
        var negatives: [(loss: Double, index: Int)] = []
        negatives.reserveCapacity(classes.count)
        for (index, label) in classes.enumerated() where label == 0 {
            let loss = backgroundLosses[index]
            negatives.append((loss.isNaN ? .infinity : loss, index))
        }
        let wanted = count(positives: classes.count - negatives.count, negatives: negatives.count)
        guard wanted > 0 else { return [] }
        if wanted < negatives.count {
            negatives.sort { $0.loss != $1.loss ? $0.loss > $1.loss : $0.index < $1.index }
        }
        return negatives.prefix(wanted).map(\.index).sorted()
    }
}
