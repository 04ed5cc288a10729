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
    ///   - weights: What each default box's loss is multiplied by; those of 0 are not chosen. Nil for 1.
    ///   - backgroundLosses: −log p(background) of each default box. Larger ones are chosen first, among equal ones the
    ///     lower index; what is not a number counts as largest, so that it shows in the loss.
    public func select(classes: [Int], weights: [Float]? = nil, backgroundLosses: [Double]) -> [Int] {
        precondition(classes.count == backgroundLosses.count, "a class and a loss for each default box")
        precondition(weights.map { $0.count == classes.count } ?? true, "a weight for each default box")
        var (negatives, positives) = ([Int](), 0)
        negatives.reserveCapacity(classes.count)
        for (index, label) in classes.enumerated() {
            if label != 0 {
                positives += 1
            } else if weights?[index] != 0 {
                negatives.append(index)
            }
        }
        let wanted = count(positives: positives, negatives: negatives.count)
        guard wanted > 0 else { return [] }
        guard wanted < negatives.count else { return negatives }
        // The order of the bit patterns of numbers that are not negative is that of the numbers.
        let keys = negatives.map { index -> UInt64 in
            let loss = backgroundLosses[index]
            return loss.isNaN ? Double.infinity.bitPattern : max(loss, 0).bitPattern
        }
        let least = Self.largest(wanted, of: keys)
        // Of those that equal the least, the first ones.
        var equals = wanted - keys.count { $0 > least }
        var chosen: [Int] = []
        chosen.reserveCapacity(wanted)
        for (position, key) in keys.enumerated() where key >= least {
            if key == least {
                guard equals > 0 else { continue }
                equals -= 1
            }
            chosen.append(negatives[position])
        }
        return chosen
    }

    /// The `rank`-th largest of some keys, from 1: its 16 bits from the highest, each time among those that have the
    /// bits so far. (Sorting thousands of boxes for each photo would take a good part of a step.)
    private static func largest(_ rank: Int, of keys: [UInt64]) -> UInt64 {
        var (candidates, rank) = (keys, rank)
        var counts = [Int](repeating: 0, count: 1 << 16)
        for shift in [48, 32, 16, 0] {
            for index in counts.indices { counts[index] = 0 }
            for key in candidates { counts[Int(key >> UInt64(shift) & 0xFFFF)] += 1 }
            var digit = 0xFFFF
            while counts[digit] < rank {
                rank -= counts[digit]
                digit -= 1
            }
            candidates.removeAll { Int($0 >> UInt64(shift) & 0xFFFF) != digit }
            if candidates.count == 1 { break }
        }
        return candidates[0]
    }
}
