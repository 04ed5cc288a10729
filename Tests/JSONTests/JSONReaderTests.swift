import Foundation
import JSON
import TestSupport
import Testing

/// JSON as it is read: all of the grammar, and nothing else.
@Suite struct JSONReaderTests {
    private static func parse(_ text: String) throws -> JSONValue { try JSONReader.parse(Array(text.utf8)[...]) }

    private static func string(_ text: String) -> JSONValue { .string(JSONString(Array(text.utf8)[...])) }

    @Test func valuesOfEveryKindAreRead() throws {
        let text = " {\"a\" : [ 1 , -2.5e+3, true,false ,null,\"x\"],\r\n\t\"b\":{} , \"\":[] } "
        #expect(
            try Self.parse(text)
                == .object([
                    (
                        "a",
                        .array([
                            .number("1"), .number("-2.5e+3"), .boolean(true), .boolean(false), .null, Self.string("x"),
                        ])
                    ), ("b", .object([])), ("", .array([])),
                ]))
        #expect(try Self.parse("\u{FEFF}1") == .number("1"))
    }

    /// Arrays of bytes become bytes where the caller asks for it, and stay what they are elsewhere.
    @Test(
        arguments: [
            ("[1,2,255]", [1, 2, 255]), (" [ [ 0 , 1 ] , [ [ 2 ] ] , [] ] ", [0, 1, 2]), ("[[[[7]]]]", [7]),
            ("[1,256]", nil), ("[1,-1]", nil), ("[1,1.0]", nil), ("[01]", nil), ("[1,\"a\"]", nil), ("[]", nil),
            ("7", nil),
            ("[1e2]", nil),
        ] as [(String, [UInt8]?)])
    func bytesArePacked(text: String, bytes: [UInt8]?) throws {
        let whole = Array("{\"data\":\(text),\"other\":[1]}".utf8)
        let plain = try? JSONReader.parse(whole[...])
        let packed = try? JSONReader.parse(whole[...], packing: "data")
        if let bytes {
            #expect(packed == .object([("data", .bytes(bytes)), ("other", .array([.number("1")]))]))
        } else {
            #expect(packed == plain)
        }
        #expect((packed == nil) == (plain == nil))
    }

    @Test(arguments: ["[1,]", "[1 2]", "[,1]", "[1", "[[1]", "[1]]", "[1],1", "[[],]"]) func brokenArraysAreRefused(
        text: String
    ) {
        #expect(throws: JSONError.self) {
            try JSONReader.parse(Array("{\"data\":\(text)}".utf8)[...], packing: "data")
        }
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
        (#""\ud83e\udd8a""#, "\u{1F98A}"), (#""plain""#, "plain"), (#""""#, ""), (#""é\u0000ü""#, "é\0ü"),
    ])
    func escapesAreResolved(text: String, value: String) throws {
        #expect(try Self.parse(text).text == value)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
        "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "1 2", "[1]x", "tru", "True", "nul",
        "NaN", "Infinity", "+1", "01", "-", "-01", "1.", ".5", "1e", "1e+", "0x1", "1_000", "\"", "\"a", "\"\\",
        "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
        "\"line\nbreak\"", "\"tab\t\"", "//", "[1] // no", "\u{FEFF}",
    ])
    func everythingElseIsRefused(text: String) {
        #expect(throws: JSONError.self) { try Self.parse(text) }
    }

    @Test func depthAndNumberOfValuesAreBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try Self.parse(nested(JSONReader.maximumDepth))
        #expect(throws: JSONError.self) { try Self.parse(nested(JSONReader.maximumDepth + 1)) }
        #expect(throws: JSONError.self) { try Self.parse(String(repeating: "[", count: 1_000_000)) }
        func list(_ count: Int) -> String { "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]" }
        _ = try Self.parse(list(JSONReader.maximumValues - 1))
        #expect(throws: JSONError.self) { try Self.parse(list(JSONReader.maximumValues)) }
        #expect(throws: JSONError.self) { try Self.parse(String(repeating: "9", count: 65)) }
        let values = Array("[[1],2]".utf8)[...]
        _ = try JSONReader.parse(values, maximumDepth: 3, maximumValues: 4)
        #expect(throws: JSONError(reason: "it is nested deeper than 2", offset: 2)) {
            try JSONReader.parse(values, maximumDepth: 2)
        }
        #expect(throws: JSONError(reason: "it has more than 3 values", offset: 5)) {
            try JSONReader.parse(values, maximumValues: 3)
        }
    }

    /// A name is a copy, and must not be one of half a body.
    @Test func namesAreBounded() throws {
        func object(_ length: Int) -> String { "{\"" + String(repeating: "n", count: length) + "\":1}" }
        _ = try Self.parse(object(JSONReader.maximumNameLength))
        #expect(throws: JSONError.self) { try Self.parse(object(JSONReader.maximumNameLength + 1)) }
    }

    @Test func aStringIsReadInPieces() throws {
        guard case .string(let string) = try Self.parse(#""ab\/c\u00e9\ud83e\udd8a\n""#) else {
            Issue.record("no string")
            return
        }
        var pieces: [String] = []
        string.forEachPiece { piece in
            pieces.append(String(decoding: piece, as: UTF8.self))
            return true
        }
        #expect(pieces == ["ab/cé\u{1F98A}\n"])
        #expect(string.prefix(4) == Array("ab/c".utf8))
        #expect(string.prefix(0) == [])
        #expect(string == JSONString(Array("ab/cé\u{1F98A}\n".utf8)[...]))
    }

    @Test func aLongStringIsLentInPiecesOfWholeCharacters() throws {
        let text = String(repeating: "ab/cé\u{1F98A}\n", count: 3000)
        let written = text.replacing("/", with: "\\/").replacing("\n", with: "\\n").replacing("é", with: "\\u00e9")
        guard case .string(let string) = try Self.parse("\"\(written)\"") else {
            Issue.record("no string")
            return
        }
        var pieces: [[UInt8]] = []
        string.forEachPiece { piece in
            pieces.append(Array(piece))
            return true
        }
        #expect(
            pieces.count > 5 && pieces.allSatisfy { $0.count <= 4096 && String(validating: $0, as: UTF8.self) != nil })
        #expect(pieces.flatMap { $0 } == Array(text.utf8))
        var asked = 0
        string.forEachPiece { _ in
            asked += 1
            return asked < 2
        }
        #expect(asked == 2)
    }

    @Test func textThatIsNotUTF8IsNoText() throws {
        #expect(try JSONReader.parse([0x22, 0xFF, 0x22]).text == nil)
        #expect(throws: JSONError.self) { try JSONReader.parse([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) }
    }

    @Test func aPartOfALargerBufferIsReadAsItself() throws {
        let bytes = Array("garbage{\"a\":\"b\"}more".utf8)
        #expect(try JSONReader.parse(bytes[7..<16]) == .object([("a", Self.string("b"))]))
    }

    /// Whatever the bytes, there is a value or an error; where there is a value, Foundation finds it valid too.
    @Test func mutationsAreReadOrRefused() throws {
        let seedText = #"{"image":"aGk=","list":[1,-2.5e3,true,null,{"x":"é\u00e9\ud83e\udd8a"}],"n":0.5}"#
        var generator = SeededGenerator(seed: 7)
        var valid = 0
        for _ in 0..<20_000 {
            var bytes = Array(seedText.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes.randomElement(using: &generator) ?? 0, at: index)
                }
            }
            guard (try? JSONReader.parse(bytes[...])) != nil, String(validating: bytes, as: UTF8.self) != nil else {
                continue
            }
            valid += 1
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(
                (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil, "\(text)")
        }
        #expect((200...19_800).contains(valid), "\(valid) of 20,000 are read")
    }
}
