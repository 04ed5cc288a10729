import TestSupport
import Testing
import Transport

struct OutputQueueTests {
    /// Whatever is appended and however little is taken at a time, the bytes leave in order.
    @Test(arguments: 0..<10 as Range<UInt64>) func bytesLeaveInOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = OutputQueue()
        var appended: [UInt8] = []
        var left: [UInt8] = []
        for _ in 0..<2000 {
            if Int.random(in: 0..<5, using: &generator) < 3 {
                let size = Int.random(
                    in: 0..<[1, 20, 300, 20_000][Int.random(in: 0..<4, using: &generator)], using: &generator)
                let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
                queue.append(bytes)
                appended += bytes
            } else if !queue.isEmpty {
                let taken = queue.withNext { (first, second) -> [UInt8] in
                    let all = Array(first) + Array(second)
                    return Array(all.prefix(Int.random(in: 1...all.count, using: &generator)))
                }
                left += taken
                queue.wrote(taken.count)
            }
        }
        while !queue.isEmpty {
            let taken = queue.withNext { (first, second) in Array(first) + Array(second) }
            left += taken
            queue.wrote(taken.count)
        }
        let isSame = left == appended
        #expect(isSame)
    }
}
