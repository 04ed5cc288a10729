/// Arithmetic on numbers that come from a file: nil where plain operators would end the process.
///
/// A reader either proves a bound first (`count <= rest / size`), after which plain operators cannot overflow, or computes
/// with these.
package enum CheckedArithmetic {
    /// The product of some extents; nil if one is negative, or if the product of those that are not 0 overflows: whatever
    /// their order, no part of them does then.
    package static func product(_ extents: some Sequence<Int>) -> Int? {
        var product = 1
        var hasZero = false
        for extent in extents {
            guard extent >= 0 else { return nil }
            guard extent > 0 else {
                hasZero = true
                continue
            }
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            product = next
        }
        return hasZero ? 0 : product
    }

    /// The sum of two numbers; nil if it overflows.
    package static func sum(_ a: Int, _ b: Int) -> Int? {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : sum
    }

    /// The integer that a number stands for; nil if it has a fraction, is not finite or is beyond `range`.
    package static func integer(_ number: Double, in range: ClosedRange<Int>) -> Int? {
        guard number == number.rounded(), let integer = Int(exactly: number), range.contains(integer) else {
            return nil
        }
        return integer
    }
}
