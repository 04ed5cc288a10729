/// Writes pickles of protocol 2 as PyTorch's are, and any other.
package struct PickleWriter {
    package private(set) var bytes: [UInt8] = [0x80, 2]

    package mutating func operation(_ code: Unicode.Scalar) { bytes.append(UInt8(code.value)) }

    package mutating func raw(_ more: [UInt8]) { bytes += more }

    package mutating func global(_ module: String, _ name: String) { bytes += Array("c\(module)\n\(name)\n".utf8) }

    package mutating func text(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes += [0x58] + little(UInt32(utf8.count)) + utf8
    }

    package mutating func integer(_ value: Int) {
        if let byte = UInt8(exactly: value) {
            bytes += [0x4B, byte]
        } else if let short = Int32(exactly: value) {
            bytes += [0x4A] + little(UInt32(bitPattern: short))
        } else {
            bytes += [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
    }

    package mutating func tuple(_ values: [Int]) {
        operation("(")
        for value in values { integer(value) }
        operation("t")
    }

    /// An ordered dictionary without entries.
    package mutating func orderedDictionary() {
        global("collections", "OrderedDict")
        operation(")")
        operation("R")
    }

    /// A tensor as `torch._utils._rebuild_tensor_v2` is given it; `view` is the older format's sixth part of a storage.
    package mutating func tensor(
        storage: String, key: String, count: Int, offset: Int, shape: [Int], strides: [Int], hasView: Bool
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        operation("(")
        operation("(")
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        integer(count)
        if hasView { operation("N") }
        operation("t")
        operation("Q")
        integer(offset)
        tuple(shape)
        tuple(strides)
        raw([0x89])
        orderedDictionary()
        operation("t")
        operation("R")
    }

    package init() {}

    /// The pickle with its end.
    package func finished() -> [UInt8] { bytes + [0x2E] }
}
