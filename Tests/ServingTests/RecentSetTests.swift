import Serving
import Testing

@Suite struct RecentSetTests {
    @Test func theLastOnesAreThereAndMemoryIsBounded() {
        let set = RecentSet<Int>(capacity: 10)
        #expect(!set.contains(1))
        for number in 0..<1000 {
            set.insert(number)
            #expect(set.count <= 20)
        }
        for number in 990..<1000 { #expect(set.contains(number)) }
        #expect(!set.contains(0))
    }

    @Test func whatIsAskedForStays() {
        let set = RecentSet<Int>(capacity: 4)
        set.insert(-1)
        for number in 0..<100 {
            set.insert(number)
            #expect(set.contains(-1))
        }
        #expect(set.count <= 8)
    }
}
