import Foundation
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
            #expect(Base64.decode(Array(text.utf8)[...]) == bytes)
            let bare = text.replacing("=", with: "")
            #expect(Base64.decode(Array(bare.utf8)[...]) == bytes)
            let url = bare.replacing("+", with: "-").replacing("/", with: "_")
            #expect(Base64.decode(Array(url.utf8)[...]) == bytes)
            let lines = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithCarriageReturn])
            #expect(Base64.decode(Array((lines + "\r\n").utf8)[...]) == bytes)
        }
    }

    @Test(arguments: [
        "A", "AAAAA", "A===", "AA===", "=", "AAA==", "AA=", "AA=A", "AAAA=", "A*AA", "AAAé", "\0AAA", "AAAA==",
    ])
    func everythingElseIsRefused(text: String) {
        #expect(Base64.decode(Array(text.utf8)[...]) == nil)
    }

    @Test(arguments: [
        ("data:image/png;base64,aGk=", "hi"), ("data:;base64,aGk", "hi"),
        ("data:image/jpeg;name=a;base64,aGk=", "hi"), ("aGk=", "hi"), ("data:image/png,hi", nil),
        ("data:base64,aGk=", nil), ("data:image/png;base64", nil), ("DATA:;base64,aGk=", nil),
    ])
    func dataURLsAreTakenApart(text: String, value: String?) {
        #expect(Base64.decodeImage(Array(text.utf8)[...]) == value.map { Array($0.utf8) })
    }
}
