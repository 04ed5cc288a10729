/// An element of an XML document with what annotation files use of it: children and text. Attributes are passed over.
package struct XMLNode {
    /// The element's name.
    package var name: String
    /// The elements in it, in order.
    package var children: [XMLNode] = []
    /// The text directly in it, references replaced.
    package var text = ""

    /// The first child of a name.
    package subscript(name: String) -> XMLNode? { children.first { $0.name == name } }

    /// The text without blanks around it.
    package var trimmedText: String {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        var bytes = text.utf8[...]
        while let first = bytes.first, blanks.contains(first) { bytes.removeFirst() }
        while let last = bytes.last, blanks.contains(last) { bytes.removeLast() }
        return String(bytes) ?? ""
    }
}
