import Foundation
import JSON
import Testing

/// JSON as it is written.
@Suite struct JSONWriterTests {
    private static func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.finish(), as: UTF8.self)
    }

    @Test(arguments: [
        (0.0, 2, "0.0"), (-0.0, 2, "0.0"), (3, 1, "3.0"), (12.5, 2, "12.5"), (12.345678, 2, "12.35"),
        (12.999, 2, "13.0"), (0.97124, 4, "0.9712"), (0.00004, 4, "0.0"), (-0.00004, 4, "0.0"), (-1.5, 2, "-1.5"),
        (0.05, 2, "0.05"), (0.000001, 6, "0.000001"), (1.000001, 6, "1.000001"), (1e12, 2, "null"),
        (.nan, 2, "null"), (-.infinity, 2, "null"), (999_999_999_999, 6, "999999999999.0"),
    ])
    func numbersHaveAsManyDecimalsAsTheyNeed(value: Double, decimals: Int, text: String) {
        #expect(Self.text { $0.number(value, decimals: decimals) } == text + "\n")
    }

    @Test(arguments: [Int.min, -1, 0, 7, 10, 1_234_567_890, Int.max]) func integersAreWhole(value: Int) {
        #expect(Self.text { $0.integer(value) } == "\(value)\n")
    }

    @Test func whatATerminalActsOnIsEscaped() {
        let text = "\u{7F}a\u{80}\u{9B}\u{A0}\u{2027}\u{2028}\u{202E}\u{202F}\u{2065}\u{2066}\u{2069}\u{206A}â"
        let expected =
            #""\u007fa\u0080\u009b"# + "\u{A0}\u{2027}" + #"\u2028\u202e"# + "\u{202F}\u{2065}"
            + #"\u2066\u2069"# + "\u{206A}â\"\n"
        #expect(Self.text { $0.string(text) } == expected)
    }

    @Test func whatJSONReservesIsEscaped() throws {
        var all = ""
        for code in UInt32(0)..<0x100 { if let scalar = Unicode.Scalar(code) { all.unicodeScalars.append(scalar) } }
        all += "\u{2028} \u{1F98A} \u{FFFF} \\u0041 \"\\"
        let text = Self.text { json in json.array { $0.string(all) } }
        #expect(text.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
        let read = try JSONSerialization.jsonObject(with: Data(text.utf8))
        #expect(read as? [String] == [all])
    }

    @Test func structureHasItsCommas() {
        let text = Self.text { json in
            json.object { json in
                json.member("a", 1)
                json.name("b")
                json.array { json in
                    json.array { _ in }
                    json.object { _ in }
                    json.null()
                    json.boolean(true)
                    json.boolean(false)
                    json.object { $0.member("c", "d") }
                }
                json.member("e", 0.5, decimals: 1)
            }
        }
        #expect(text == #"{"a":1,"b":[[],{},null,true,false,{"c":"d"}],"e":0.5}"# + "\n")
    }

    @Test(
        arguments: [
            0, -0.0, 0.1, 1 / 3, 1e-10, 16_777_216, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi, -2.5e20,
        ] as [Float])
    func exactNumbersAreReadBackAsTheyAre(value: Float) throws {
        let text = Self.text { $0.exact(value) }
        guard case .number(let number) = try JSONReader.parse(Array(text.utf8)[...]) else {
            Issue.record("\(text) is no number")
            return
        }
        #expect(Float(number)?.bitPattern == value.bitPattern)
    }

    @Test func namesThatAreNotOursAreEscaped() {
        let text = Self.text { json in
            json.object { json in
                json.escapedName("a\"b")
                json.integer(1)
                json.escapedName("")
                json.integer(2)
            }
        }
        #expect(text == #"{"a\"b":1,"":2}"# + "\n")
    }
}
