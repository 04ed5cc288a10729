/// The candidates of one image by rank, taken best first without sorting more of them than are asked for.
///
/// The memory grows with the number of candidates, is never given back before the end, and has one owner.
struct CandidateList: ~Copyable {
    private var keys: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private(set) var count = 0
    /// Whether candidates were dropped for better ones.
    private(set) var isTruncated = false
    /// Keys before this are in order and better than all others.
    private var sorted = 0
    private var taken = 0
    /// Keys to sort next: few at first, as the best are often enough.
    private var step = firstStep
    /// The number of candidates at which some are dropped.
    private var long = firstLong

    private static var firstStep: Int { 512 }

    private static var firstLong: Int { 4096 }
    private static var sampleSize: Int { 128 }

    init() {
        capacity = 4096
        keys = .allocate(capacity: capacity)
    }

    deinit { keys.deallocate() }

    /// Forgets every candidate and keeps the memory.
    mutating func removeAll() {
        count = 0
        isTruncated = false
        long = Self.firstLong
        sorted = 0
        taken = 0
        step = Self.firstStep
    }

    /// Adds a candidate; none has been taken yet.
    @inline(__always)
    mutating func append(_ key: UInt64) {
        if count == capacity { grow() }
        keys[count] = key
        count += 1
    }

    /// Makes room for `more` candidates.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow() }
    }

    /// Adds a candidate if `passes` is 1 and not if it is 0, without a branch; there is room.
    @inline(__always)
    mutating func append(_ key: UInt64, times passes: Int) {
        keys[count] = key
        count &+= passes
    }

    /// Takes the best candidate left.
    @inline(__always)
    mutating func popFirst() -> UInt64? {
        if taken == sorted {
            guard sorted < count else { return nil }
            let length = min(step, count - sorted)
            RankedKey.sortPrefix(keys + sorted, total: count - sorted, count: length)
            sorted += length
            step *= 2
        }
        taken += 1
        return keys[taken - 1]
    }

    /// Whether it has grown so that it is time to drop some.
    @inline(__always)
    var isLong: Bool { count >= long }

    /// Says that candidates are left out that rank below all there will be.
    mutating func truncate() { isTruncated = true }

    /// Drops all but the `limit` best, between one and all. Returns the lowest score among them; none has been taken yet.
    mutating func keepBest(_ limit: Int) -> Float {
        precondition(taken == 0 && (1...count).contains(limit))
        RankedKey.selectPrefix(keys, total: count, count: limit)
        count = limit
        isTruncated = true
        var worst = keys[0]
        for position in 1..<limit { worst = max(worst, keys[position]) }
        return RankedKey.score(worst)
    }

    /// Drops candidates that rank below at least `limit` others, about half of all or more. Returns the lowest score of which none
    /// was dropped, −∞ if none can be; none has been taken yet.
    mutating func dropWorst(keeping limit: Int) -> Float {
        precondition(taken == 0 && count >= Self.sampleSize)
        // A sample tells where to cut; its places are fixed, so that the same list is always cut at the same place.
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.sampleSize) { sample in
            guard let base = sample.baseAddress else { return -.infinity }
            for position in 0..<Self.sampleSize { base[position] = keys[position * count / Self.sampleSize] }
            RankedKey.sort(base, count: Self.sampleSize)
            for quantile in [3, 5] {
                // All that have the score, whatever their index, stay: what comes later may have it too.
                let worst = base[Self.sampleSize * quantile / 8] | 0xFFFF_FFFF
                var better = 0
                for position in 0..<count { better &+= Self.isNoWorse(keys[position], worst) }
                guard better >= limit, better < count else { continue }
                var kept = 0
                for position in 0..<count {
                    let key = keys[position]
                    keys[kept] = key
                    kept &+= Self.isNoWorse(key, worst)
                }
                count = kept
                isTruncated = true
                long = max(long, kept * 2)
                return RankedKey.score(worst)
            }
            long = count * 2
            return -.infinity
        }
    }

    /// 1 if the score of a key is at least that of `worst`, else 0. A branch would be mispredicted half of the time.
    @inline(__always)
    private static func isNoWorse(_ key: UInt64, _ worst: UInt64) -> Int {
        1 &+ (Int(truncatingIfNeeded: worst >> 32) &- Int(truncatingIfNeeded: key >> 32)) >> 63
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        larger.update(from: keys, count: count)
        keys.deallocate()
        keys = larger
        capacity *= 2
    }
}
