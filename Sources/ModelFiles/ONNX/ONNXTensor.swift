import Networks
import MultiBox
import Platform

/// Numbers in a shape: a constant of a file, or what is worked out of constants.
struct ONNXTensor: Sendable {
    /// The numbers, the last axis the fastest; truth values are 0 and 1.
    enum Elements: Sendable {
        case floats([Float])
        case integers([Int])
    }

    /// The most numbers of one tensor.
    static let maximumCount = TensorShape.maximumElementCount
    /// The most axes.
    static let maximumRank = 8

    /// The extents; none for a single number.
    let shape: [Int]
    let elements: Elements
    /// The type that they have in the file; nil for what was worked out.
    private(set) var type: DataType?

    /// Numbers whose count the shape has.
    init(shape: [Int], _ elements: Elements) {
        self.shape = shape
        self.elements = elements
        precondition(Self.count(of: shape) == count, "as many numbers as the shape has")
    }

    /// A single whole number.
    init(_ value: Int) { self.init(shape: [], .integers([value])) }

    /// A list of whole numbers.
    init(_ values: [Int]) { self.init(shape: [values.count], .integers(values)) }

    /// The product of extents that are not negative; nil beyond the most that a tensor may have.
    static func count(of shape: [Int]) -> Int? {
        guard shape.count <= maximumRank, shape.allSatisfy({ $0 >= 0 }), let count = CheckedArithmetic.product(shape),
            count <= maximumCount
        else { return nil }
        return count
    }

    /// How many numbers there are.
    var count: Int {
        switch elements {
        case .floats(let values): values.count
        case .integers(let values): values.count
        }
    }

    /// The numbers as floats.
    var floats: [Float] {
        switch elements {
        case .floats(let values): values
        case .integers(let values): values.map { Float($0) }
        }
    }

    /// The numbers, if they are whole; nil for floats.
    var integers: [Int]? {
        if case .integers(let values) = elements { return values }
        return nil
    }

    /// The same numbers in another shape of as many.
    func reshaped(_ shape: [Int]) -> ONNXTensor { ONNXTensor(shape: shape, elements) }
}

extension ONNXTensor {
    /// The types of numbers that are read (TensorProto.DataType).
    enum DataType: Int32, Sendable {
        case float = 1
        case uint8 = 2
        case int8 = 3
        case int32 = 6
        case int64 = 7
        case bool = 9
        case float16 = 10
        case double = 11
        case bfloat16 = 16

        var size: Int {
            switch self {
            case .uint8, .int8, .bool: 1
            case .float16, .bfloat16: 2
            case .float, .int32: 4
            case .int64, .double: 8
            }
        }
    }

    /// The numbers of a tensor of a file.
    init(_ proto: ONNXTensorProto) throws(ModelFileError) {
        func wrong(_ reason: String) -> ModelFileError {
            .malformed(format: ONNXFile.format, reason: "the tensor \(proto.name) \(reason)", offset: 0)
        }
        guard proto.dataLocation == 0, proto.externalData.isEmpty else {
            throw .unsupportedNetwork(reason: "the values of \(proto.name) are in another file, which is not read")
        }
        guard let type = DataType(rawValue: proto.dataType) else {
            throw .unsupportedNetwork(reason: "the tensor \(proto.name) has elements of type \(proto.dataType)")
        }
        let shape = proto.dims.map { Int(clamping: $0) }
        guard let count = Self.count(of: shape) else { throw wrong("has the shape \(shape)") }
        let elements: Elements
        if !proto.rawData.isEmpty || count == 0 {
            guard proto.rawData.count == count * type.size else {
                throw wrong("has \(proto.rawData.count) bytes, not \(count * type.size)")
            }
            elements = Self.raw(proto, type, count)
        } else {
            elements = Self.listed(proto, type)
        }
        switch elements {
        case .floats(let values):
            guard values.count == count else { throw wrong("has \(values.count) numbers, not \(count)") }
        case .integers(let values):
            guard values.count == count else { throw wrong("has \(values.count) numbers, not \(count)") }
        }
        self.init(shape: shape, elements)
        self.type = type
    }

    /// Numbers as bytes, the least significant first.
    private static func raw(_ proto: ONNXTensorProto, _ type: DataType, _ count: Int) -> Elements {
        proto.rawData.withUnsafeBytes { bytes in
            func values<Stored: FixedWidthInteger, Value>(
                _ stored: Stored.Type, _ make: (Stored) -> Value
            ) -> [Value] {
                (0..<count).map { index in
                    make(
                        Stored(
                            littleEndian: bytes.loadUnaligned(
                                fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)))
                }
            }
            return switch type {
            case .float: .floats(values(UInt32.self) { Float(bitPattern: $0) })
            case .double: .floats(values(UInt64.self) { Float(Double(bitPattern: $0)) })
            case .float16: .floats(values(UInt16.self) { Float(Float16(bitPattern: $0)) })
            case .bfloat16: .floats(values(UInt16.self) { Float(bitPattern: UInt32($0) << 16) })
            case .uint8, .bool: .integers(values(UInt8.self) { Int($0) })
            case .int8: .integers(values(Int8.self) { Int($0) })
            case .int32: .integers(values(Int32.self) { Int($0) })
            case .int64: .integers(values(Int64.self) { Int($0) })
            }
        }
    }

    /// Numbers one by one; those of two bytes are the bits of a wider one.
    private static func listed(_ proto: ONNXTensorProto, _ type: DataType) -> Elements {
        switch type {
        case .float: .floats(proto.floatData)
        case .double: .floats(proto.doubleData.map { Float($0) })
        case .float16:
            .floats(proto.int32Data.map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) })
        case .bfloat16:
            .floats(proto.int32Data.map { Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: $0)) << 16) })
        case .uint8, .int8, .int32, .bool: .integers(proto.int32Data.map { Int($0) })
        case .int64: .integers(proto.int64Data.map { Int($0) })
        }
    }
}
