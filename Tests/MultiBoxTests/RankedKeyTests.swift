import Foundation
import MultiBox
import TestSupport
import Testing

/// The order of candidates, and the sort that keeps it.
@Suite struct RankedKeyTests {
    @Test func orderIsScoreThenIndex() {
        let scores: [Float] = [.greatestFiniteMagnitude, 1, 0.5, 1e-38, 0, -1e-38, -1, -.greatestFiniteMagnitude]
        let keys = scores.map { RankedKey.make(score: $0, index: 7) }
        #expect(keys == keys.sorted())
        #expect(Set(keys).count == keys.count)
        #expect(keys.map(RankedKey.score) == scores)
        #expect(RankedKey.make(score: 0.5, index: 3) < RankedKey.make(score: 0.5, index: 4))
        #expect(RankedKey.make(score: -0.0, index: 3) < RankedKey.make(score: 0, index: 4))
        #expect(RankedKey.index(RankedKey.make(score: 0.1, index: 24563)) == 24563)
    }

    @Test(
        arguments: [0, 1, 2, 3, 24, 25, 100, 1000, 5000],
        ["random", "few", "ascending", "descending", "equal", "organ"])
    func sortsAndSelects(count: Int, shape: String) {
        var generator = SeededGenerator(seed: UInt64(count))
        let keys: [UInt64] = (0..<count).map {
            switch shape {
            case "random": generator.next()
            case "few": generator.next() % 5
            case "ascending": UInt64($0)
            case "descending": UInt64(count - $0)
            case "equal": 9
            default: UInt64(min($0, count - $0))
            }
        }
        for prefix in [0, 1, count / 3, count - 1, count] where prefix >= 0 {
            var sorted = keys
            sorted.withUnsafeMutableBufferPointer {
                if let base = $0.baseAddress { RankedKey.sortPrefix(base, total: count, count: prefix) }
            }
            #expect(Array(sorted.prefix(prefix)) == Array(keys.sorted().prefix(prefix)))
            #expect(sorted.sorted() == keys.sorted())
        }
    }

    @Test func exponentialsAreCloseToTheLibrarys() {
        var generator = SeededGenerator(seed: 1)
        for count in [1, 2, 7, 8, 9, 21, 91] {
            let row = (0..<count).map { _ in Float.random(in: -100...0, using: &generator) }
            var output = [Float](repeating: .nan, count: count + ScoreRow.lanes)
            let largest = ScoreRow.maximum(row, count: count)
            #expect(largest == row.max())
            let sum = ScoreRow.exponentials(row, count: count, minus: largest, into: &output)
            var expected = 0.0
            for (value, result) in zip(row, output) {
                let exact = exp(Double(value - largest))
                expected += exact
                #expect(abs(Double(result) - exact) <= 3e-7 * exact + 1.7e-38)
            }
            #expect(abs(Double(sum) - expected) <= 1e-6 * expected)
        }
    }

    @Test(arguments: 0..<19)
    func aMaximumPassesOverNaN(position: Int) {
        var row = (0..<19).map { Float($0 % 7) - 3 }
        row[position] = .nan
        #expect(ScoreRow.maximum(row, count: 19) == 3)
        var output = [Float](repeating: 0, count: 19 + ScoreRow.lanes)
        #expect(ScoreRow.exponentials(row, count: 19, minus: 3, into: &output).isNaN)
    }
}
