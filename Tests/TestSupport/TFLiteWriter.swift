import ModelFiles

/// Writes TensorFlow Lite files for tests, operator by operator.
package struct TFLiteWriter {
    /// A tensor's quantization.
    package struct Scaling {
        package var scales: [Float]
        package var zeroPoints: [Int]
        package var axis = 0

        package init(_ scale: Float, _ zeroPoint: Int) { (scales, zeroPoints) = ([scale], [zeroPoint]) }

        package init(scales: [Float], axis: Int) {
            (self.scales, zeroPoints) = (scales, scales.map { _ in 0 })
            self.axis = axis
        }
    }

    package init() {}

    private var tensors: [FlatBufferNode] = []
    private var operators: [FlatBufferNode] = []
    private var codes: [FlatBufferNode] = []
    private var buffers: [FlatBufferNode] = [.table([:])]

    /// Adds a tensor, a constant if it has data, and returns its index.
    package mutating func tensor(
        _ name: String, _ shape: [Int], _ type: TFLiteElementType = .float32, _ scaling: Scaling? = nil,
        data: [UInt8]? = nil, sparsity: FlatBufferNode? = nil
    ) -> Int {
        var fields: [Int: FlatBufferNode] = [0: .int32s(shape), 1: .int8(type.rawValue), 3: .string(name)]
        if let scaling {
            fields[4] = .table([
                2: .floats(scaling.scales), 3: .int64s(scaling.zeroPoints), 6: .int32(scaling.axis),
            ])
        }
        if let sparsity { fields[6] = sparsity }
        if let data {
            fields[2] = .uint32(buffers.count)
            buffers.append(.table([0: .bytes(data)]))
        }
        tensors.append(.table(fields))
        return tensors.count - 1
    }

    /// Adds a constant of floats.
    package mutating func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> Int {
        tensor(name, shape, data: values.flatMap { little($0.bitPattern) })
    }

    /// Adds a constant of 32-bit integers.
    package mutating func integers(_ name: String, _ shape: [Int], _ values: [Int]) -> Int {
        tensor(name, shape, .int32, data: values.flatMap { little(Int32($0)) })
    }

    /// Adds an operator by its number.
    package mutating func add(code: Int, _ inputs: [Int], _ outputs: [Int], options: [Int: FlatBufferNode]? = nil) {
        codes.append(.table([0: .int8(min(code, 127)), 3: .int32(code)]))
        var fields: [Int: FlatBufferNode] = [
            0: .uint32(codes.count - 1), 1: .int32s(inputs), 2: .int32s(outputs),
        ]
        if let options { fields[4] = .table(options) }
        operators.append(.table(fields))
    }

    /// Adds an operator.
    package mutating func add(
        _ builtin: TFLiteBuiltin, _ inputs: [Int], _ output: Int, options: [Int: FlatBufferNode]? = nil
    ) {
        add(code: builtin.rawValue, inputs, [output], options: options)
    }

    /// Adds a custom operator.
    package mutating func custom(_ name: String, _ inputs: [Int], _ outputs: [Int], options: [UInt8]) {
        codes.append(.table([0: .int8(32), 1: .string(name)]))
        operators.append(
            .table([
                0: .uint32(codes.count - 1), 1: .int32s(inputs), 2: .int32s(outputs), 5: .bytes(options),
            ]))
    }

    /// The file.
    package func bytes(inputs: [Int], outputs: [Int], version: Int = 3) -> [UInt8] {
        let graph = FlatBufferNode.table([
            0: .tables(tensors), 1: .int32s(inputs), 2: .int32s(outputs), 3: .tables(operators),
        ])
        let model = FlatBufferNode.table([
            0: .uint32(version), 1: .tables(codes), 2: .tables([graph]), 3: .string("fixture"), 4: .tables(buffers),
        ])
        return model.file(identifier: "TFL3")
    }
}
