/// Writes JSON (RFC 8259) as UTF-8, without white space, members in the order written: the same values give the same
/// bytes. Numbers have a fixed number of decimals, so that none takes more digits than it is worth.
package struct JSONWriter {
    private var bytes: [UInt8] = []
    /// Whether the next value or name follows another in its array or object.
    private var needsComma = false

    package init(reserving count: Int = 512) { bytes.reserveCapacity(count) }

    /// The text, ended with a line feed for those who read it in a terminal unless it is for programs alone.
    package consuming func finish(lineFeed: Bool = true) -> [UInt8] {
        if lineFeed { bytes.append(UInt8(ascii: "\n")) }
        return bytes
    }

    // MARK: Structure

    /// Writes an object whose members `body` writes.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name; its value follows. Names are our own and need no escapes.
    package mutating func name(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name that is not our own; its value follows.
    package mutating func escapedName(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Members

    /// Writes a member that is a string.
    package mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a member that is an integer.
    package mutating func member(_ name: StaticString, _ value: Int) {
        self.name(name)
        integer(value)
    }

    /// Writes a member that is a number of at most `decimals` decimals.
    package mutating func member(_ name: StaticString, _ value: Double, decimals: Int) {
        self.name(name)
        number(value, decimals: decimals)
    }

    // MARK: Values

    /// Writes a string. Quotation mark, backslash and control characters are escaped, and what a terminal would act on: DEL,
    /// the C1 controls, separators of lines and paragraphs, marks that turn the direction of text.
    package mutating func string(_ value: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { text in
            var (start, index) = (0, 0)
            while index < text.count {
                guard let code = Self.active(text[index...]) else {
                    index += 1
                    continue
                }
                bytes.append(contentsOf: text[start..<index])
                escape(code)
                index += code < 0x80 ? 1 : code < 0x800 ? 2 : 3
                start = index
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The character that UTF-8 text begins with, if it must be escaped.
    private static func active(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt16? {
        let first = text[text.startIndex]
        switch first {
        case 0..<0x20, 0x22, 0x5C, 0x7F: return UInt16(first)
        // Of two bytes C2 80…9F, of three E2 80 A8…AE and E2 81 A6…A9.
        case 0xC2:
            let second = text[text.startIndex + 1]
            return second < 0xA0 ? UInt16(second) : nil
        case 0xE2:
            let (second, third) = (text[text.startIndex + 1], text[text.startIndex + 2])
            switch (second, third) {
            case (0x80, 0xA8...0xAE), (0x81, 0xA6...0xA9):
                return 0x2000 | UInt16(second & 0x3F) << 6 | UInt16(third & 0x3F)
            default: return nil
            }
        default: return nil
        }
    }

    private mutating func escape(_ code: UInt16) {
        bytes.append(UInt8(ascii: "\\"))
        switch code {
        case 0x22, 0x5C: bytes.append(UInt8(code))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            bytes.append(UInt8(ascii: "u"))
            for shift in [12, 8, 4, 0] as [UInt16] {
                let digit = UInt8(code >> shift & 15)
                bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
    }

    /// Writes an integer.
    package mutating func integer(_ value: Int) {
        comma()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(UInt64(value.magnitude))
    }

    /// Writes a number rounded to `decimals` (at most 6) decimals, trailing zeros but one left out: `12.5`, `3.0`. What
    /// JSON cannot say (not a number, infinite) is `null`, and so is what no measure here reaches (10¹² and more).
    package mutating func number(_ value: Double, decimals: Int) {
        guard value.magnitude < 1e12 else { return null() }
        comma()
        var scale: UInt64 = 1
        for _ in 0..<decimals { scale *= 10 }
        // Apart from each other, so that large numbers keep their decimals.
        var whole = UInt64(value.magnitude)
        var fraction = UInt64(((value.magnitude - Double(whole)) * Double(scale)).rounded())
        if fraction == scale { (whole, fraction) = (whole + 1, 0) }
        if value < 0, whole > 0 || fraction > 0 { bytes.append(UInt8(ascii: "-")) }
        digits(whole)
        bytes.append(UInt8(ascii: "."))
        repeat {
            scale /= 10
            guard scale > 0 else { return bytes.append(UInt8(ascii: "0")) }
            bytes.append(0x30 + UInt8(fraction / scale))
            fraction %= scale
        } while fraction > 0
    }

    /// A number with the digits that it has in JSON and all of `decimals` decimals, for tables that are to say the same.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        var writer = JSONWriter(reserving: 24)
        writer.number(value, decimals: decimals)
        let text = String(decoding: writer.finish(lineFeed: false), as: UTF8.self)
        guard let point = text.firstIndex(of: ".") else { return text }
        return text + String(repeating: "0", count: decimals - text.distance(from: point, to: text.endIndex) + 1)
    }

    /// Writes a finite number with as many digits as tell it from every other `Float`, so that it is read back as it is.
    package mutating func exact(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
        precondition(value.isFinite, "JSON has no infinities")
        comma()
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Writes `true` or `false`.
    package mutating func boolean(_ value: Bool) {
        comma()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    package mutating func null() {
        comma()
        bytes.append(contentsOf: "null".utf8)
    }

    private mutating func digits(_ value: UInt64) {
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
