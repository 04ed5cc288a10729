import CKernels
import TestSupport
import Testing

@Suite("The range of floats: every instruction set, every tail")
struct RangeTests {
    private func range(_ values: [Float], _ isa: ck_isa) -> [Float] {
        let source = GuardedBuffer(values, filler: 0)
        var result: [Float] = [7, 7]
        if let x = source.elements.baseAddress { ck_range_f32(isa, x, values.count, &result) }
        return withExtendedLifetime(source) { result }
    }

    @Test(arguments: [1, 3, 4, 5, 15, 16, 17, 33, 1001])
    func extremes(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        for (lower, upper) in [(-3, 5), (2, 4), (-4, -2)] as [(Float, Float)] {
            let values = (0..<count).map { _ in Float.random(in: lower...upper, using: &generator) }
            let expected = [min(values.min() ?? 0, 0), max(values.max() ?? 0, 0)]
            for isa in availableIsas { #expect(range(values, isa) == expected) }
        }
    }

    @Test func whatIsNoNumberIsToldWhereverItStands() {
        for place in 0..<37 {
            var values = (0..<37).map { Float($0) - 18 }
            values[place] = .nan
            for isa in availableIsas { #expect(range(values, isa) == [-.infinity, .infinity], "\(place)") }
            values[place] = .infinity
            for isa in availableIsas { #expect(range(values, isa)[1] == .infinity, "\(place)") }
        }
    }
}
