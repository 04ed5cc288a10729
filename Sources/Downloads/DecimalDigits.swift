/// Numbers of header fields: digits alone (RFC 9110, section 8.6).
package enum DecimalDigits {
    /// Digits beyond which no number of bytes goes.
    private static let maximumCount = 18

    /// The number that they are; nil for anything but 1 to 18 digits.
    package static func number(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8
        guard (1...maximumCount).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
