import Platform
import Testing

/// Work that gives way.
struct LowPriorityWorkTests {
    private struct Failed: Error, Equatable {}

    /// As nice(1) has it, of the calling thread.
    private static var niceness: CInt {
        #if canImport(Glibc)
            getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        #else
            0
        #endif
    }

    @Test func itsResultAndItsErrorAreHandedOn() throws {
        #expect(try LowPriorityWork.run { 6 * 7 } == 42)
        #expect(throws: Failed()) { try LowPriorityWork.run { throw Failed() } }
    }

    @Test func itHasALowerPriorityAndNobodyElseDoes() throws {
        let before = Self.niceness
        let inside = try LowPriorityWork.run { Self.niceness }
        #if canImport(Glibc)
            #expect(inside == max(10, before))
        #endif
        #expect(Self.niceness == before)
    }
}
