/// The candidates of one image by rank, taken best first without sorting more of them than are asked for.
///
/// The memory grows with the number of candidates, is never given back before the end, and has one owner.
struct CandidateList: ~Copyable {
    private var keys: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private var count = 0
    /// Keys before this are in order and better than all others.
    private var sorted = 0
    private var taken = 0
    /// Keys to sort next: few at first, as the best are often enough.
    private var step = firstStep

    private static var firstStep: Int { 512 }

    init() {
        capacity = 4096
        keys = .allocate(capacity: capacity)
    }

    deinit { keys.deallocate() }

    /// Forgets every candidate and keeps the memory.
    mutating func removeAll() {
        count = 0
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

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        larger.update(from: keys, count: count)
        keys.deallocate()
        keys = larger
        capacity *= 2
    }
}
