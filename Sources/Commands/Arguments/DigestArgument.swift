import ArgumentParser

/// A SHA-256 digest on the command line or in a configuration, as `sha256sum` prints it.
struct DigestArgument: ExpressibleByArgument, Sendable {
    /// 64 lowercase hexadecimal digits.
    let digits: String

    init?(argument: String) {
        let digits = argument.lowercased()
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(isDigit) else { return nil }
        self.digits = digits
    }

    var defaultValueDescription: String { digits }
}
