/// Reads the XML that annotation tools write: elements, text, comments, CDATA, processing instructions, the five
/// predefined entities and character references (XML 1.0, fifth edition).
///
/// A document type declaration is refused, so that there are no entities to expand and nothing outside the file to
/// fetch. Size, depth and number of elements are bounded; time is linear in the size.
package struct XMLReader {
    /// The largest file, in bytes. Pascal VOC's largest has 20 kB.
    package static let maximumBytes = 4 << 20
    /// The deepest nesting; Pascal VOC nests four deep.
    package static let maximumDepth = 32
    /// The most elements.
    package static let maximumElements = 1 << 18

    private static let nameEnds = Set("<>/=\"'&".utf8)
    private static let predefined: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
    ]

    private let bytes: [UInt8]
    private var offset = 0
    private var elements = 0

    /// The root element of a document.
    package static func root(of bytes: [UInt8]) throws(XMLReaderError) -> XMLNode {
        guard bytes.count <= maximumBytes else { throw .tooLarge(bytes: bytes.count, limit: maximumBytes) }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var reader = XMLReader(bytes: bytes)
        return try reader.document()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    private mutating func document() throws(XMLReaderError) -> XMLNode {
        var open: [XMLNode] = []
        var root: XMLNode?
        while offset < bytes.count {
            if bytes[offset] != UInt8(ascii: "<") {
                let text = try text()
                if !open.isEmpty {
                    open[open.count - 1].text += text
                } else if !text.utf8.allSatisfy(Self.isBlank) {
                    throw malformed("text outside the root element")
                }
            } else if skip("<!--") {
                try passTo(end: "-->", of: "a comment")
            } else if skip("<![CDATA[") {
                let start = offset
                try passTo(end: "]]>", of: "a CDATA section")
                guard !open.isEmpty else { throw malformed("text outside the root element") }
                open[open.count - 1].text += String(decoding: bytes[start..<offset - 3], as: UTF8.self)
            } else if skip("<!") {
                throw .documentType
            } else if skip("<?") {
                try passTo(end: "?>", of: "a processing instruction")
            } else if skip("</") {
                let name = try name()
                passBlanks()
                guard skip(">") else { throw malformed("an end tag without its end") }
                guard let closed = open.popLast(), closed.name == name else {
                    throw malformed("an end tag that closes nothing: \(name)")
                }
                try close(closed, in: &open, &root)
            } else {
                offset += 1
                guard root == nil else { throw malformed("a second root element") }
                let (node, isEmpty) = try startTag()
                if isEmpty {
                    try close(node, in: &open, &root)
                } else {
                    guard open.count < Self.maximumDepth else { throw .tooDeep(limit: Self.maximumDepth) }
                    open.append(node)
                }
            }
        }
        guard open.isEmpty, let root else { throw malformed("the file ends inside an element") }
        return root
    }

    private func close(_ node: XMLNode, in open: inout [XMLNode], _ root: inout XMLNode?) throws(XMLReaderError) {
        if open.isEmpty { root = node } else { open[open.count - 1].children.append(node) }
    }

    /// The rest of a start tag, after its `<`, and whether it is that of an empty element.
    private mutating func startTag() throws(XMLReaderError) -> (node: XMLNode, isEmpty: Bool) {
        elements += 1
        guard elements <= Self.maximumElements else { throw .tooManyElements(limit: Self.maximumElements) }
        let node = XMLNode(name: try name())
        while true {
            passBlanks()
            if skip("/>") { return (node, true) }
            if skip(">") { return (node, false) }
            _ = try name()
            passBlanks()
            guard skip("=") else { throw malformed("an attribute without a value") }
            passBlanks()
            guard offset < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[offset]) else {
                throw malformed("an attribute without quotes")
            }
            let quote = bytes[offset]
            offset += 1
            while offset < bytes.count, bytes[offset] != quote { offset += 1 }
            guard offset < bytes.count else { throw malformed("an attribute without its end") }
            offset += 1
        }
    }

    private mutating func name() throws(XMLReaderError) -> String {
        let start = offset
        while offset < bytes.count, !Self.isBlank(bytes[offset]), !Self.nameEnds.contains(bytes[offset]) { offset += 1 }
        guard offset > start else { throw malformed("a name is missing") }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Text up to the next tag, references replaced.
    private mutating func text() throws(XMLReaderError) -> String {
        var result = ""
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "<") {
            if bytes[offset] == UInt8(ascii: "&") {
                result.unicodeScalars.append(try reference())
                continue
            }
            let start = offset
            while offset < bytes.count, bytes[offset] != UInt8(ascii: "<"), bytes[offset] != UInt8(ascii: "&") {
                offset += 1
            }
            result += String(decoding: bytes[start..<offset], as: UTF8.self)
        }
        return result
    }

    /// `&amp;`, `&#65;`, `&#x41;` (XML 1.0, 4.1 and 4.6).
    private mutating func reference() throws(XMLReaderError) -> Unicode.Scalar {
        let longest = 12
        guard let end = bytes[offset...].prefix(longest).firstIndex(of: UInt8(ascii: ";")) else {
            throw malformed("a reference without its end")
        }
        let body = String(decoding: bytes[offset + 1..<end], as: UTF8.self)
        var scalar = Self.predefined[body]
        if body.hasPrefix("#") {
            let isHexadecimal = body.hasPrefix("#x")
            let digits = body.dropFirst(isHexadecimal ? 2 : 1)
            // `UInt32` would accept a sign.
            if digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                let value = UInt32(digits, radix: isHexadecimal ? 16 : 10), value != 0
            {
                scalar = Unicode.Scalar(value)
            }
        }
        guard let scalar else { throw malformed("an unknown reference") }
        offset = end + 1
        return scalar
    }

    private mutating func passTo(end: StaticString, of construct: String) throws(XMLReaderError) {
        while offset < bytes.count {
            if skip(end) { return }
            offset += 1
        }
        throw malformed("\(construct) without its end")
    }

    private mutating func passBlanks() {
        while offset < bytes.count, Self.isBlank(bytes[offset]) { offset += 1 }
    }

    /// Passes over `text` if it comes next.
    private mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        for index in 0..<count where bytes[offset + index] != text.utf8Start[index] { return false }
        offset += count
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private func malformed(_ reason: String) -> XMLReaderError { .malformed(offset: offset, reason: reason) }
}
