import Testing
import Training

/// The source of random numbers.
@Suite struct RandomStreamTests {
    @Test func `numbers stay in their range and reach its ends`() {
        var random = RandomStream(seed: 1)
        var seen: Set<Int> = []
        var (least, greatest, sum): (Float, Float, Float) = (9, -9, 0)
        for _ in 0..<10_000 {
            let number = random.number(in: -2...3)
            (least, greatest, sum) = (min(least, number), max(greatest, number), sum + number)
            seen.insert(random.index(below: 7))
        }
        #expect(least >= -2 && least < -1.99 && greatest <= 3 && greatest > 2.99)
        #expect((sum / 10_000 - 0.5).magnitude < 0.05)
        #expect(seen == Set(0..<7))
        #expect(random.number(in: 1...1) == 1)
    }

    @Test func `streams of one seed differ by each index`() {
        let firsts = Set(
            (0..<20).flatMap { epoch in
                (0..<20).map { photo in
                    var random = RandomStream(seed: 5, epoch, photo)
                    return random.next()
                }
            })
        #expect(firsts.count == 400)
    }

    @Test func `a permutation is one, and not the identity`() {
        var random = RandomStream(seed: 2)
        let order = random.permutation(of: 100)
        #expect(order.sorted() == Array(0..<100) && order != order.sorted())
        #expect(random.permutation(of: 0).isEmpty)
    }

    @Test func `normal numbers have mean 0 and variance 1`() {
        var random = RandomStream(seed: 3)
        let numbers = (0..<20_000).map { _ in random.normal() }
        let mean = numbers.reduce(0, +) / 20_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(mean.magnitude < 0.03 && (variance - 1).magnitude < 0.05)
    }
}
