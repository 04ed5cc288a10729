/// Reads the structured part of a field value: tokens, quoted strings and parameters (RFC 9110, section 5.6).
struct FieldScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    /// The octet at the position.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipWhitespace() {
        while let byte = next, Grammar.isWhitespace(byte) { position += 1 }
    }

    /// Moves over `byte` if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    /// Moves to the next `,`, or to the end, over anything but what quoted strings hold; the recovery after a bad element.
    mutating func skipElement() {
        var isQuoted = false
        while let byte = next {
            if byte == UInt8(ascii: "\\"), isQuoted {
                position += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                return
            }
            position = min(position + 1, bytes.count)
        }
    }

    /// A token; `nil` where none starts here.
    mutating func token() -> String? {
        let start = position
        while let byte = next, ByteSet.token.contains(byte) { position += 1 }
        return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A quoted string, unquoted; `nil` where it is not closed, holds a control character or is not UTF-8. Where `lenient`, a
    /// backslash stands for itself unless a quote or a backslash follows, as forms are written by browsers.
    mutating func quotedString(lenient: Bool = false) -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = next, !Grammar.isControl(escaped) else { return nil }
                if lenient, escaped != UInt8(ascii: "\""), escaped != UInt8(ascii: "\\") {
                    text.append(byte)
                } else {
                    text.append(escaped)
                    position += 1
                }
            default:
                guard !Grammar.isControl(byte) else { return nil }
                text.append(byte)
            }
        }
        return nil
    }

    /// `*( OWS ";" OWS [ name "=" value ] )`, names in lower case (RFC 9110, section 5.6.6); `nil` where one is malformed.
    mutating func parameters(lenient: Bool = false) -> [(name: String, value: String)]? {
        var parameters: [(name: String, value: String)] = []
        while true {
            skipWhitespace()
            guard take(UInt8(ascii: ";")) else { return parameters }
            skipWhitespace()
            guard let name = token() else {
                guard isAtEnd || next == UInt8(ascii: ";") || next == UInt8(ascii: ",") else { return nil }
                continue
            }
            guard take(UInt8(ascii: "=")) else { return nil }
            guard let value = next == UInt8(ascii: "\"") ? quotedString(lenient: lenient) : token() else { return nil }
            parameters.append((Grammar.lowercased(name), value))
        }
    }

    /// A weight in thousandths: `0`…`1` with at most three decimals (RFC 9110, section 12.4.2); `nil` otherwise.
    static func weight(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        guard let first = digits.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"), digits.count <= 5
        else {
            return nil
        }
        guard digits.count == 1 || digits[1] == UInt8(ascii: ".") else { return nil }
        var weight = Int(first - 0x30) * 1000
        var unit = 100
        for digit in digits.dropFirst(2) {
            guard Grammar.isDigit(digit) else { return nil }
            weight += Int(digit - 0x30) * unit
            unit /= 10
        }
        return weight <= 1000 ? weight : nil
    }
}
