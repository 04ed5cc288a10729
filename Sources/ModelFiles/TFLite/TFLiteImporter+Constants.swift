import Networks

extension TFLiteImporter {
    /// The integers of an operator's input: a constant of the file, or what shapes became.
    func integers(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> [Int] {
        if case .integers(let values) = try value(op, input) { return values }
        let tensor = try tensor(op, input)
        guard let type = tensor.type, type == .int32 || type == .int64, let range = try file.data(of: tensor) else {
            throw op.unsupported("its input \(input), \(tensor.name), is not a constant of integers")
        }
        let count = range.count / type.size
        guard count <= TFLiteOperator.maximumInputs else {
            throw op.unsupported("its input \(input) has \(count) integers")
        }
        return file.bytes.withUnsafeBytes { bytes in
            (0..<count).map { index in
                let offset = range.lowerBound + index * type.size
                return type == .int32
                    ? Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
                    : Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
            }
        }
    }

    /// The real numbers of a constant; bytes are dequantized, with a scale for each index of `axis` if there are several.
    mutating func floats(
        _ op: TFLiteOperator, _ input: Int, axis: Int
    ) throws(ModelFileError) -> [Float] {
        if case .floats(let values) = try value(op, input) {
            try chargeTaken(op, input, bytes: values.count * 4)
            return values
        }
        let tensor = try tensor(op, input)
        guard let type = tensor.type, let range = try file.data(of: tensor) else {
            throw notConstant(op, input, tensor)
        }
        let count = range.count / type.size
        try charge(count * 4)
        switch type {
        case .float32, .float16: return numbers(range, type)
        case .int8, .uint8:
            let channels = tensor.shape.indices.contains(axis) ? tensor.shape[axis] : 1
            let (scales, zeroPoints) = try weightQuantization(op, tensor, channels: channels, axis: axis)
            let inner = tensor.shape.dropFirst(axis + 1).reduce(1, *)
            let isSigned = type == .int8
            return range.enumerated().map { index, offset in
                let q = isSigned ? Int(Int8(bitPattern: file.bytes[offset])) : Int(file.bytes[offset])
                let channel = scales.count == 1 ? 0 : index / inner % channels
                return scales[channel] * Float(q - zeroPoints[channel])
            }
        case .int32, .int64:
            throw notConstant(op, input, tensor)
        }
    }

    /// Floats of single or half precision.
    func numbers(_ range: Range<Int>, _ type: TFLiteElementType) -> [Float] {
        file.bytes.withUnsafeBytes { bytes in
            (0..<range.count / type.size).map {
                let offset = range.lowerBound + type.size * $0
                guard type == .float32 else {
                    let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                    return Float(halfBits: UInt16(littleEndian: bits))
                }
                let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }

    /// A convolution's quantized weights as signed bytes, with one zero point for all and one scale, or one a channel.
    mutating func quantizedWeights(
        _ op: TFLiteOperator, _ input: Int, channels: Int, axis: Int
    ) throws(ModelFileError) -> (weights: [Int8], zeroPoint: Int, scales: [Float]) {
        let tensor = try tensor(op, input)
        guard let type = tensor.type, type == .int8 || type == .uint8, let range = try file.data(of: tensor) else {
            throw op.unsupported("its weights \(tensor.name) are not a constant of bytes, as its input is")
        }
        let (scales, zeroPoints) = try weightQuantization(op, tensor, channels: channels, axis: axis)
        guard zeroPoints.allSatisfy({ $0 == zeroPoints[0] }) else {
            throw op.unsupported("its weights have several zero points")
        }
        try charge(range.count)
        try charge(scales.count * 4)
        let flip: UInt8 = type == .uint8 ? 0x80 : 0
        let weights = file.bytes[range].map { Int8(bitPattern: $0 ^ flip) }
        return (weights, zeroPoints[0] - Int(flip), scales)
    }

    /// The bias of a quantized convolution, empty if it has none.
    mutating func quantizedBias(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> [Int32] {
        guard hasInput(op, input) else { return [] }
        let tensor = try tensor(op, input)
        guard tensor.type == .int32, let range = try file.data(of: tensor) else {
            throw op.unsupported("its bias \(tensor.name) is not a constant of 32-bit integers")
        }
        try charge(range.count)
        return file.bytes.withUnsafeBytes { bytes in
            (0..<range.count / 4).map {
                Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound + 4 * $0, as: Int32.self))
            }
        }
    }

    private func notConstant(_ op: TFLiteOperator, _ input: Int, _ tensor: TFLiteTensor) -> ModelFileError {
        op.unsupported("its input \(input), \(tensor.name), is not a constant of numbers")
    }

    /// The scales and zero points of weights; several belong to the output channels, along `axis`.
    private func weightQuantization(
        _ op: TFLiteOperator, _ tensor: TFLiteTensor, channels: Int, axis: Int
    ) throws(ModelFileError) -> (scales: [Float], zeroPoints: [Int]) {
        let (scales, zeroPoints) = try tensor.quantizationParameters(channels: channels)
        let foundAxis = try tensor.quantizedAxis()
        guard !scales.isEmpty, scales.count == 1 || foundAxis == axis else {
            throw op.unsupported("the quantization of \(tensor.name) is missing or not by output channel")
        }
        guard zeroPoints.allSatisfy({ (-128...255).contains($0) }) else {
            throw op.unsupported("the zero points of \(tensor.name) are no bytes")
        }
        return (scales, zeroPoints)
    }
}
