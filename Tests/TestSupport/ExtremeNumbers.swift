/// Numbers at which arithmetic goes wrong, put in the place of every number of a text.
package enum ExtremeNumbers {
    private static let numbers = [
        "0", "1", "-1", "2147483648", "4294967296", "4611686018427387904", "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616", "1e308", "0.5",
    ]

    /// Integers of 64 bits at which arithmetic goes wrong.
    package static let integers: [Int] = [
        0, 1, -1, 1 << 31, 1 << 32, 1 << 40, 1 << 61, 1 << 62, .max - 1, .max, .min,
    ]

    /// The text as often as it has numbers and there are extreme ones, each time with one replaced.
    package static func variants(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        var variants: [String] = []
        var start = 0
        while start < bytes.count {
            guard isDigit(bytes[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < bytes.count, isDigit(bytes[end]) { end += 1 }
            for number in numbers {
                variants.append(
                    String(decoding: bytes[..<start], as: UTF8.self) + number
                        + String(decoding: bytes[end...], as: UTF8.self))
            }
            start = end
        }
        return variants
    }
}
