import TestSupport
import Testing
import Training

/// The places of blocks in a memory.
@Suite struct TensorHeapTests {
    @Test func `blocks that live at the same time share nothing`() {
        var heap = TensorHeap()
        var random = SeededGenerator(seed: 5)
        var taken: [Range<Int>] = []
        var most = 0
        for _ in 0..<4000 {
            if taken.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
                let count = Int.random(in: 0..<900, using: &random)
                let place = heap.take(count)
                #expect(place.count >= count && place.lowerBound.isMultiple(of: 16), "whole cache lines")
                #expect(!taken.contains { $0.overlaps(place) })
                taken.append(place)
            } else {
                heap.give(back: taken.remove(at: Int.random(in: taken.indices, using: &random)))
            }
            most = max(most, taken.map(\.upperBound).max() ?? 0)
        }
        #expect(heap.size == most)
        taken.forEach { heap.give(back: $0) }
        #expect(heap.take(most) == 0..<most, "what is free is one again")
    }

    @Test func `a block goes into the smallest gap that holds it`() {
        var heap = TensorHeap()
        let blocks = [64, 16, 32, 16, 64].map { heap.take($0) }
        heap.give(back: blocks[0])
        heap.give(back: blocks[2])
        #expect(heap.take(20) == blocks[2])
        #expect(heap.take(33) == 0..<48)
        #expect(heap.take(32) == heap.size - 32..<heap.size)
    }
}
