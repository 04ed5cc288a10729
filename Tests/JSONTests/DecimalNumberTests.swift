import JSON
import Testing

/// Numbers as clients may write them.
@Suite struct DecimalNumberTests {
    @Test(
        arguments: [("0", 0), ("-0", 0), ("0.5", 0.5), ("1e-3", 0.001), ("12E+2", 1200), ("-7.25", -7.25)]
            as [(String, Float)])
    func areRead(text: String, value: Float) {
        #expect(DecimalNumber(text.utf8)?.float == value)
    }

    @Test(arguments: [
        "", "-", "+1", ".5", "1.", "01", "1e", "1e+", "e5", "0x10", "nan", "inf", "1 ", " 1", "1,5", "1_0", "--1", "١",
        "1.5.2", "1e5e5", "0.-5",
    ])
    func areRefused(text: String) {
        #expect(DecimalNumber(text.utf8) == nil)
    }

    @Test func integersAreExactOrNone() {
        #expect(DecimalNumber("9223372036854775807".utf8)?.integer == .max)
        #expect(DecimalNumber("9223372036854775808".utf8)?.integer == nil)
        #expect(DecimalNumber("5.0".utf8)?.integer == nil)
        #expect(DecimalNumber("1e2".utf8)?.integer == nil)
        #expect(DecimalNumber("1e39".utf8)?.float == nil)
    }
}
