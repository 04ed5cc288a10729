import Foundation
import JSON
import Serving
import TestSupport
import Testing

/// Base64 in the forms that clients send.
@Suite struct Base64Tests {
    @Test func everyLengthComesBack() {
        var generator = SeededGenerator(seed: 3)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.decode(JSONString(Array(text.utf8)[...])) == bytes)
            let bare = text.replacing("=", with: "")
            #expect(Base64.decode(JSONString(Array(bare.utf8)[...])) == bytes)
            let url = bare.replacing("+", with: "-").replacing("/", with: "_")
            #expect(Base64.decode(JSONString(Array(url.utf8)[...])) == bytes)
            let lines = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithCarriageReturn])
            #expect(Base64.decode(JSONString(Array((lines + "\r\n").utf8)[...])) == bytes)
        }
    }

    @Test(arguments: [
        "A", "AAAAA", "A===", "AA===", "=", "AAA==", "AA=", "AA=A", "AAAA=", "A*AA", "AAAé", "\0AAA", "AAAA==",
    ])
    func everythingElseIsRefused(text: String) {
        #expect(Base64.decode(JSONString(Array(text.utf8)[...])) == nil)
    }

    @Test(arguments: [
        ("data:image/png;base64,aGk=", "hi"), ("data:;base64,aGk", "hi"),
        ("data:image/jpeg;name=a;base64,aGk=", "hi"), ("aGk=", "hi"), ("data:image/png,hi", nil),
        ("data:base64,aGk=", nil), ("data:image/png;base64", nil), ("DATA:;base64,aGk=", nil),
    ])
    func dataURLsAreTakenApart(text: String, value: String?) {
        #expect(Base64.decodeImage(JSONString(Array(text.utf8)[...])) == value.map { Array($0.utf8) })
    }

    /// PHP writes every slash of a JSON text as `\/`, other programs anything as `\u002B`.
    @Test func escapesAreReadThrough() throws {
        let bytes: [UInt8] = [0xFF, 0xFE, 0xFB, 0xEF, 0xBE, 0x3F, 0x01]
        let plain = "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
        let escaped = plain.replacing("/", with: "\\/").replacing("+", with: "\\u002b").replacing("=", with: "\\n=")
        #expect(escaped.utf8.count > plain.utf8.count)
        guard case .string(let string) = try JSONReader.parse(Array("\"\(escaped)\"".utf8)[...]) else {
            Issue.record("no string")
            return
        }
        #expect(Base64.decodeImage(string) == bytes)
        #expect(Base64.maximumCount(string) >= bytes.count)
    }
}
