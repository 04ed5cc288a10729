import JSON
import MultiBox

/// A file of named tensors in the safetensors layout: the length of a header as eight bytes, little-endian; the header,
/// a JSON object from names to element types, shapes and places, with texts under `__metadata__`; the elements, without
/// gaps (https://github.com/huggingface/safetensors, "Format").
///
/// The file is untrusted: its header is bounded, and every tensor is proven to lie within the file, apart from all others.
package struct SafetensorsFile: Sendable {
    /// The format's name in errors and in provenance.
    package static let format = "safetensors"
    /// The largest header, in bytes: room for a network of `NetworkBuilder.maximumLayers` layers and every label.
    package static let maximumHeaderBytes = 8 << 20
    /// The most JSON values of a header, which bounds the memory that its text can ask for; a network of
    /// `NetworkBuilder.maximumLayers` layers has about half of them.
    package static let maximumHeaderValues = 1 << 18
    /// The most extents of a tensor.
    package static let maximumRank = 8
    /// The member of the header that holds texts.
    static let metadataName = "__metadata__"

    /// The file.
    package let bytes: [UInt8]
    /// Texts about the file, by name.
    package let metadata: [String: String]
    /// The tensors, by name.
    package let tensors: [String: SafetensorsTensor]

    /// Whether the bytes begin as such a file does, be it complete or not.
    package static func recognizes(_ bytes: [UInt8]) -> Bool {
        bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[5] | bytes[6] | bytes[7] == 0
    }

    /// Reads the header.
    ///
    /// - Throws: `malformed`, `tooMany` or `unsupportedNetwork` if the file is not of this format or says something
    ///   impossible.
    package init(bytes: [UInt8]) throws(ModelFileError) {
        guard bytes.count >= 8 else { throw Self.malformed("it has no header", 0) }
        let length = bytes[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.maximumHeaderBytes) else {
            throw .tooMany(
                what: "bytes of header", found: Int(clamping: length), limit: Self.maximumHeaderBytes)
        }
        let start = 8 + Int(length)
        guard start <= bytes.count else { throw Self.malformed("its header breaks off", bytes.count) }
        let header: JSONValue
        do throws(JSONError) {
            header = try JSONReader.parse(bytes[8..<start], maximumValues: Self.maximumHeaderValues)
        } catch { throw Self.malformed("its header is not JSON: \(error.reason)", 8 + error.offset) }
        guard case .object(let members) = header else { throw Self.malformed("its header is not an object", 8) }
        var metadata: [String: String] = [:]
        var tensors: [SafetensorsTensor] = []
        for (name, value) in members {
            if name == Self.metadataName {
                metadata = try Self.texts(value)
            } else {
                tensors.append(try Self.tensor(name, value, start: start, end: bytes.count))
            }
        }
        try Self.proveDisjoint(tensors, start: start, end: bytes.count)
        self.bytes = bytes
        self.metadata = metadata
        self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    }

    private static func texts(_ value: JSONValue) throws(ModelFileError) -> [String: String] {
        guard case .object(let members) = value else { throw malformed("its metadata is not an object", 8) }
        var result: [String: String] = [:]
        for (name, value) in members {
            guard let text = value.text else { throw malformed("its metadata \(name) is not a text", 8) }
            result[name] = text
        }
        return result
    }

    private static func tensor(
        _ name: String, _ value: JSONValue, start: Int, end: Int
    ) throws(ModelFileError) -> SafetensorsTensor {
        func wrong(_ reason: String) -> ModelFileError { malformed("the tensor \(name) \(reason)", 8) }
        guard case .object(let members) = value else { throw wrong("is not an object") }
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        for (member, value) in members {
            switch member {
            case "dtype": type = value.text
            case "shape": shape = sizes(value, limit: maximumRank)
            case "data_offsets": offsets = sizes(value, limit: 2)
            default: throw wrong("has a member \(member)")
            }
        }
        guard let type else { throw wrong("has no dtype") }
        guard let shape else { throw wrong("has no shape of at most \(maximumRank) extents") }
        guard let offsets, offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= end - start else {
            throw wrong("is not within the file")
        }
        guard let element = SafetensorsElementType(rawValue: type) else {
            throw .unsupportedNetwork(reason: "the elements of its tensor \(name) are \(type)")
        }
        guard let size = CheckedArithmetic.product([element.size] + shape) else { throw wrong("has too many elements") }
        guard size == offsets[1] - offsets[0] else {
            throw wrong("takes \(offsets[1] - offsets[0]) bytes, expected \(size)")
        }
        return SafetensorsTensor(
            name: name, element: element, shape: shape, range: start + offsets[0]..<start + offsets[1])
    }

    /// An array of at most `limit` integers that are not negative; nil if it is none.
    private static func sizes(_ value: JSONValue, limit: Int) -> [Int]? {
        guard case .array(let elements) = value, elements.count <= limit else { return nil }
        var result: [Int] = []
        for element in elements {
            guard case .number(let text) = element, let size = Int(text), size >= 0 else { return nil }
            result.append(size)
        }
        return result
    }

    /// Checks that each byte after the header belongs to one tensor: no gap could hide anything, no overlap make a small
    /// file large.
    private static func proveDisjoint(
        _ tensors: [SafetensorsTensor], start: Int, end: Int
    ) throws(ModelFileError) {
        let sorted = tensors.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        var position = start
        for tensor in sorted {
            guard tensor.range.lowerBound == position else {
                let relation = tensor.range.lowerBound < position ? "overlaps another" : "leaves a gap before it"
                throw malformed("the tensor \(tensor.name) \(relation)", tensor.range.lowerBound)
            }
            position = tensor.range.upperBound
        }
        guard position == end else { throw malformed("its last bytes belong to no tensor", position) }
    }

    private static func malformed(_ reason: String, _ offset: Int) -> ModelFileError {
        .malformed(format: format, reason: reason, offset: offset)
    }

    // MARK: Elements

    /// The elements of a tensor of floats of any precision; nil if it is of integers.
    package func floats(of tensor: SafetensorsTensor) -> [Float]? {
        switch tensor.element {
        case .float32: gather(tensor, UInt32.self) { Float(bitPattern: $0) }
        case .float16: gather(tensor, UInt16.self) { Float(halfBits: $0) }
        case .bfloat16: gather(tensor, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int32, .int8, .int64: nil
        }
    }

    /// The elements of a tensor of 32-bit integers; nil if it is another one.
    package func integers(of tensor: SafetensorsTensor) -> [Int32]? {
        tensor.element == .int32 ? gather(tensor, UInt32.self) { Int32(bitPattern: $0) } : nil
    }

    /// The elements of a tensor of signed bytes; nil if it is another one.
    package func signedBytes(of tensor: SafetensorsTensor) -> [Int8]? {
        tensor.element == .int8 ? gather(tensor, UInt8.self) { Int8(bitPattern: $0) } : nil
    }

    private func gather<Bits: FixedWidthInteger, Value>(
        _ tensor: SafetensorsTensor, _ type: Bits.Type, _ value: (Bits) -> Value
    ) -> [Value] {
        bytes.withUnsafeBytes { bytes in
            [Value](unsafeUninitializedCapacity: tensor.count) { result, count in
                for index in 0..<tensor.count {
                    let offset = tensor.range.lowerBound + index * MemoryLayout<Bits>.size
                    let bits = bytes.loadUnaligned(fromByteOffset: offset, as: Bits.self)
                    result.initializeElement(at: index, to: value(Bits(littleEndian: bits)))
                }
                count = tensor.count
            }
        }
    }
}
