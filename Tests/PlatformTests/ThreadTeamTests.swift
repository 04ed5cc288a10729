import Platform
import Synchronization
import Testing

struct ThreadTeamTests {
    @Test(arguments: [1, 2, 5]) func `each part runs once, every time`(size: Int) {
        let team = ThreadTeam(size: size)
        for round in 0..<500 {
            let parts = round % size + 1
            let counts = (0..<size).map { _ in Counter() }
            team.run(parts: parts) { counts[$0].value.add(1, ordering: .relaxed) }
            #expect(counts.map { $0.value.load(ordering: .relaxed) } == (0..<size).map { $0 < parts ? 1 : 0 })
        }
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    @Test func `a quota is whole processors and never none`() {
        #expect(AvailableProcessors.processors(quota: "200000", period: "100000") == 2)
        #expect(AvailableProcessors.processors(quota: "150000", period: "100000") == 1)
        #expect(AvailableProcessors.processors(quota: "50000", period: "100000") == 1)
        #expect(AvailableProcessors.processors(quota: "max", period: "100000") == nil)
        #expect(AvailableProcessors.processors(quota: "-1", period: "100000") == nil)
        #expect(AvailableProcessors.count >= 1)
    }
}
