import Serving
import TestSupport
import Testing

@Suite struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func aBurstThenTheRate() {
        let limiter = RateLimiter<Int>(RateLimit(count: 4, period: .seconds(1)))
        for _ in 0..<4 { #expect(limiter.take(1, at: 0) == nil) }
        #expect(limiter.take(1, at: 0) == Self.second / 4)
        #expect(limiter.take(1, at: Self.second / 4 - 1) == 1)
        #expect(limiter.take(1, at: Self.second / 4) == nil)
        #expect(limiter.take(1, at: Self.second / 4) == Self.second / 4)
        #expect(limiter.take(2, at: 0) == nil)
        // Rest fills the bucket, and no more than that.
        for _ in 0..<4 { #expect(limiter.take(1, at: 100 * Self.second) == nil) }
        #expect(limiter.take(1, at: 100 * Self.second) == Self.second / 4)
    }

    /// Against a bucket that is kept as a number of tokens.
    @Test(arguments: [1, 2, 7, 100]) func itIsATokenBucket(count: Int) {
        let limiter = RateLimiter<Int>(RateLimit(count: count, period: .seconds(Int64(count))))
        var generator = SeededGenerator(seed: UInt64(count))
        var (now, tokens) = (0 as UInt64, Double(count))
        for _ in 0..<2000 {
            // A quarter of a token at a time, so that the oracle is exact.
            let steps = UInt64.random(in: 0...5, using: &generator)
            now += steps * Self.second / 4
            tokens = min(Double(count), tokens + Double(steps) / 4)
            let isIn = limiter.take(0, at: now) == nil
            #expect(isIn == (tokens >= 1))
            if isIn { tokens -= 1 }
        }
    }

    @Test func askingTakesNothing() {
        let limiter = RateLimiter<Int>(RateLimit(count: 1, period: .seconds(1)), capacity: 2)
        for _ in 0..<3 { #expect(limiter.wait(for: 1, at: 0) == nil) }
        #expect(limiter.take(1, at: 0) == nil && limiter.take(2, at: 0) == nil)
        for _ in 0..<3 { #expect(limiter.wait(for: 1, at: Self.second / 2) == Self.second / 2) }
        #expect(limiter.wait(for: 1, at: Self.second) == nil)
        // One of many for whom there is no room.
        #expect(limiter.wait(for: 3, at: 0) == nil && limiter.take(3, at: 0) == nil)
        #expect(limiter.wait(for: 4, at: 0) == Self.second)
        #expect(limiter.wait(for: 4, at: Self.second) == nil)
    }

    @Test func theTableIsBounded() {
        let limiter = RateLimiter<Int>(RateLimit(count: 1, period: .seconds(1)), capacity: 10)
        for client in 0..<10 { #expect(limiter.take(client, at: 0) == nil) }
        // The others share one bucket.
        #expect(limiter.take(10, at: 0) == nil)
        #expect(limiter.take(11, at: 0) == Self.second)
        #expect(limiter.take(3, at: 0) == Self.second)
        #expect(limiter.count == 10)
        // Those that are full again make room.
        #expect(limiter.take(12, at: 2 * Self.second) == nil)
        #expect(limiter.count == 1)
    }

    @Test func manyThreadsTakeNoMoreThanThereIs() async {
        let limiter = RateLimiter<Int>(RateLimit(count: 100, period: .seconds(1)))
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<50).reduce(0) { sum, _ in sum + (limiter.take(0, at: 5) == nil ? 1 : 0) } }
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 100)
    }
}
