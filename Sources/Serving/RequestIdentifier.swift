/// The identifiers of requests (`X-Request-Id`).
package enum RequestIdentifier {
    /// The longest that is echoed, in bytes.
    package static let maximumLength = 128

    /// What the client sent, where it is one value of letters, digits and `-._:/+=@` that can go to any log as it is;
    /// otherwise 128 random bits in hexadecimal.
    package static func choose(sent: [String]) -> String {
        if sent.count == 1, isValid(sent[0]) { return sent[0] }
        return generate()
    }

    static func isValid(_ text: String) -> Bool {
        guard (1...maximumLength).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            // - . _ : / + = @
            case 0x2D, 0x2E, 0x5F, 0x3A, 0x2F, 0x2B, 0x3D, 0x40: true
            default: false
            }
        }
    }

    static func generate() -> String {
        var random = SystemRandomNumberGenerator()
        return Hexadecimal.text(random.next()) + Hexadecimal.text(random.next())
    }
}
