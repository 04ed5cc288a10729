import MultiBox
import Testing

/// Arithmetic on numbers that may be any.
struct CheckedArithmeticTests {
    @Test(
        arguments: [
            ([], 1), ([3, 4], 12), ([0, 5], 0), ([1 << 40, 1 << 22], 1 << 62), ([1 << 40, 1 << 23], nil),
            ([-1, 0], nil),
            ([1 << 62, 1 << 62, 0], nil), ([0, 1 << 62, 1 << 62], nil), ([.max, 1], .max), ([.max, 2], nil),
            ([.min], nil),
        ] as [([Int], Int?)])
    func `a product whose parts fit in any order, or none`(extents: [Int], expected: Int?) {
        #expect(CheckedArithmetic.product(extents) == expected)
        #expect(CheckedArithmetic.product(extents.reversed()) == expected)
    }

    @Test func `sums`() {
        #expect(CheckedArithmetic.sum(.max - 1, 1) == .max)
        #expect(CheckedArithmetic.sum(.max, 1) == nil)
        #expect(CheckedArithmetic.sum(.min, -1) == nil)
    }

    @Test(arguments: [0.5, .nan, .infinity, -1, 11, 1e300, 9_223_372_036_854_775_808])
    func `numbers that are no integer of the range`(number: Double) {
        #expect(CheckedArithmetic.integer(number, in: 0...10) == nil)
    }

    @Test func `a number that is one`() { #expect(CheckedArithmetic.integer(10, in: 0...10) == 10) }
}
