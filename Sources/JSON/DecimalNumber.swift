/// A decimal number in JSON's grammar (RFC 8259, section 6): no `+5`, no `.5`, no `0x5`, no `nan`. `Double(_:)` and
/// `Int(_:)` alone take those, and more.
package struct DecimalNumber: Sendable, Hashable {
    /// As it was written.
    package let text: String
    /// Whether it has neither fraction nor exponent.
    package let isInteger: Bool

    /// The number that `bytes` spell; nil where they are none.
    package init?(_ bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        guard let first = whole.first, first != UInt8(ascii: "0") || whole.count == 1 else { return nil }
        rest = rest[whole.endIndex...]
        var isInteger = true
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !fraction.isEmpty else { return nil }
            rest = rest[fraction.endIndex...]
            isInteger = false
        }
        if let exponentSign = rest.first, exponentSign | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            let exponent = rest.prefix(while: isDigit)
            guard !exponent.isEmpty else { return nil }
            rest = rest[exponent.endIndex...]
            isInteger = false
        }
        guard rest.isEmpty else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
        self.isInteger = isInteger
    }

    /// The value; nil where it is beyond what a `Float` holds.
    package var float: Float? { Float(text).flatMap { $0.isFinite ? $0 : nil } }

    /// The value; nil where it is no integer, or beyond what an `Int` holds.
    package var integer: Int? { isInteger ? Int(text) : nil }
}
