/// A score and a tie-breaking index in one integer, so that ascending integers are the order of candidates: higher score
/// first, then lower index.
package enum RankedKey {
    /// The key of a finite score and an index below 2³².
    @inline(__always)
    package static func make(score: Float, index: Int) -> UInt64 {
        // IEEE 754 orders positive numbers as their bits; negative ones in reverse. Adding 0 makes −0 equal to 0.
        let bits = (score + 0).bitPattern
        let ascending = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        return UInt64(~ascending) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    /// The score of a key.
    @inline(__always)
    package static func score(_ key: UInt64) -> Float {
        let ascending = ~UInt32(truncatingIfNeeded: key >> 32)
        return Float(bitPattern: ascending & 0x8000_0000 != 0 ? ascending & 0x7FFF_FFFF : ~ascending)
    }

    /// The index of a key.
    @inline(__always)
    package static func index(_ key: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: key)) }

    /// Brings the `count` smallest of `total` keys to the front, in ascending order; the rest is in no order.
    package static func sortPrefix(_ keys: UnsafeMutablePointer<UInt64>, total: Int, count: Int) {
        if count < total { selectPrefix(keys, total: total, count: count) }
        sort(keys, count: min(count, total))
    }

    /// Brings the `count` smallest of `total` keys to the front, in no order (Hoare's selection). Pathological inputs end
    /// in a heap sort, so the time is bounded by n log n.
    package static func selectPrefix(_ keys: UnsafeMutablePointer<UInt64>, total: Int, count: Int) {
        guard count > 0, count < total else { return }
        var low = 0
        var high = total
        var budget = depthBudget(total)
        while high - low > 24 {
            guard budget > 0 else { return heapSort(keys + low, count: high - low) }
            budget -= 1
            let split = low + partition(keys + low, count: high - low)
            if split == count { return }
            if split < count { low = split } else { high = split }
        }
        insertionSort(keys + low, count: high - low)
    }

    /// Sorts ascending, in place and without memory: the standard library's sort allocates.
    package static func sort(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
        sort(keys, count: count, budget: depthBudget(count))
    }

    private static func sort(_ keys: UnsafeMutablePointer<UInt64>, count: Int, budget: Int) {
        var keys = keys
        var count = count
        var budget = budget
        while count > 24 {
            guard budget > 0 else { return heapSort(keys, count: count) }
            budget -= 1
            let split = partition(keys, count: count)
            // The smaller part by recursion, the larger by iteration: the stack stays logarithmic.
            if split <= count - split {
                sort(keys, count: split, budget: budget)
                keys += split
                count -= split
            } else {
                sort(keys + split, count: count - split, budget: budget)
                count = split
            }
        }
        insertionSort(keys, count: count)
    }

    /// Twice the depth of an even recursion.
    private static func depthBudget(_ count: Int) -> Int { 2 * (Int.bitWidth - count.leadingZeroBitCount) }

    /// Splits around the median of three (Hoare): what lies before the returned index, which is in 1..<count, is no
    /// greater than what lies from it on. Needs three keys.
    private static func partition(_ keys: UnsafeMutablePointer<UInt64>, count: Int) -> Int {
        let (a, b, c) = (keys[0], keys[count / 2], keys[count - 1])
        let pivot = max(min(a, b), min(max(a, b), c))
        var i = -1
        var j = count
        while true {
            repeat { i += 1 } while keys[i] < pivot
            repeat { j -= 1 } while keys[j] > pivot
            if i >= j { break }
            (keys[i], keys[j]) = (keys[j], keys[i])
        }
        // With the pivot in the last place alone, j is count − 1 and the split would be empty.
        return j + 1 < count ? j + 1 : j
    }

    private static func insertionSort(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
        var i = 1
        while i < count {
            let key = keys[i]
            var j = i
            while j > 0, keys[j - 1] > key {
                keys[j] = keys[j - 1]
                j -= 1
            }
            keys[j] = key
            i += 1
        }
    }

    private static func heapSort(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
        func sink(_ start: Int, _ end: Int) {
            var root = start
            while 2 * root + 1 < end {
                var child = 2 * root + 1
                if child + 1 < end, keys[child + 1] > keys[child] { child += 1 }
                guard keys[child] > keys[root] else { return }
                (keys[root], keys[child]) = (keys[child], keys[root])
                root = child
            }
        }
        for start in stride(from: count / 2 - 1, through: 0, by: -1) { sink(start, count) }
        for end in stride(from: count - 1, to: 0, by: -1) {
            (keys[0], keys[end]) = (keys[end], keys[0])
            sink(0, end)
        }
    }
}
