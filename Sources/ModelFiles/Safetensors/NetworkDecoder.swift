import JSON
import Networks

/// Reads a network that `NetworkEncoder` wrote, layer by layer through `NetworkBuilder`, which derives and proves every
/// shape. Each tensor of the file is read once at most, so that the parameters take no more memory than the file, or twice
/// as much where they are of half precision.
struct NetworkDecoder: ~Copyable {
    /// The most outputs; a detector has two.
    private static let maximumOutputs = 16

    private let file: SafetensorsFile
    private var builder: NetworkBuilder
    /// The tensors by their numbers.
    private var values: [TensorID]
    private var taken: Set<String> = []

    /// Reads the network in `members`.
    ///
    /// - Returns: the network, its tensors by their numbers, and the names of the file's tensors that it is made of.
    static func decode(
        _ members: JSONMembers, in file: SafetensorsFile
    ) throws(ModelFileError) -> (network: Network, values: [TensorID], taken: Set<String>) {
        var members = members
        var input = try members.members("input")
        let dimensions = try input.integers("shape")
        let element = try element(&input)
        try input.finish()
        let layers = try members.array("layers")
        let outputs = try members.integers("outputs")
        try members.finish()
        guard outputs.count <= maximumOutputs else {
            throw .tooMany(what: "outputs", found: outputs.count, limit: maximumOutputs)
        }
        guard layers.count <= NetworkBuilder.maximumLayers else {
            throw .network(.tooManyLayers(limit: NetworkBuilder.maximumLayers))
        }
        let shape = try proven { () throws(NetworkError) in try TensorShape(dimensions) }
        var decoder = NetworkDecoder(file: file, builder: NetworkBuilder(input: shape, element: element))
        for (index, layer) in layers.enumerated() {
            try decoder.add(try JSONMembers(layer, place: "\(members.place).layers[\(index)]"))
        }
        var ids: [TensorID] = []
        for number in outputs {
            guard decoder.values.indices.contains(number) else { throw members.wrong("outputs", "names no tensor") }
            ids.append(decoder.values[number])
        }
        let (values, taken) = (decoder.values, decoder.taken)
        return (decoder.finish(outputs: ids), values, taken)
    }

    private init(file: SafetensorsFile, builder: consuming NetworkBuilder) {
        self.file = file
        values = [builder.inputTensor]
        self.builder = builder
    }

    private consuming func finish(outputs: [TensorID]) -> Network { builder.build(outputs: outputs) }

    // MARK: Layers

    private mutating func add(_ members: consuming JSONMembers) throws(ModelFileError) {
        let name = try members.text("name")
        let kind = try members.text("operation")
        guard let operation = NetworkOperation(rawValue: kind) else {
            guard let plain = PlainOperations.named(kind) else {
                throw members.wrong("operation", "is an unknown “\(kind)”")
            }
            return try add(plain, &members, name: name)
        }
        let inputs = try inputs(&members, operation.inputCount)
        let x = inputs[0]
        let output: TensorID
        switch operation {
        case .convolution, .depthwiseConvolution:
            let (convolution, element) = try convolution(
                &members, name: name, grouping: operation == .convolution ? .dense : .depthwise,
                input: builder[x].shape)
            output = try proven { () throws(NetworkError) in
                try builder.convolution(x, convolution, element: element, name: name)
            }
        case .maxPooling:
            let window = try pooling(&members)
            output = try proven { () throws(NetworkError) in try builder.maxPooling(x, window, name: name) }
        case .averagePooling:
            let window = try pooling(&members)
            let countPadding = try members.boolean("count_padding", default: false)
            output = try proven { () throws(NetworkError) in
                try builder.averagePooling(x, window, countPadding: countPadding, name: name)
            }
        case .activation:
            let activation = try members.choice("activation", Activation.self)
            let element = try Self.element(&members)
            output = try proven { () throws(NetworkError) in
                try builder.activation(x, activation, element: element, name: name)
            }
        case .add:
            let activation = try members.choice("activation", Activation.self)
            let element = try Self.element(&members)
            output = try proven { () throws(NetworkError) in
                try builder.add(x, inputs[1], activation: activation, element: element, name: name)
            }
        case .multiply:
            output = try proven { () throws(NetworkError) in try builder.multiply(x, inputs[1], name: name) }
        case .scaleChannels:
            let element = try Self.element(&members)
            output = try proven { () throws(NetworkError) in
                try builder.scaleChannels(x, by: inputs[1], element: element, name: name)
            }
        case .concatenation:
            let axis = try members.integer("axis")
            output = try proven { () throws(NetworkError) in
                try builder.concatenation(inputs, axis: axis, name: name)
            }
        case .reshape:
            let dimensions = try members.integers("shape")
            output = try proven { () throws(NetworkError) in
                try builder.reshape(x, to: try TensorShape(dimensions), name: name)
            }
        case .softmax:
            output = try proven { () throws(NetworkError) in try builder.softmax(x, name: name) }
        case .l2Normalization:
            let epsilon = try members.float("epsilon")
            let prefix = try prefix(&members, name)
            let scale = try floats(prefix + ".scale", members)
            output = try proven { () throws(NetworkError) in
                try builder.l2Normalization(x, scale: scale, epsilon: epsilon, name: name)
            }
        case .batchNormalization: output = try batchNormalization(&members, x, name: name)
        case .convert:
            let element = try Self.element(&members)
            output = try proven { () throws(NetworkError) in try builder.convert(x, to: element, name: name) }
        }
        try members.finish()
        values.append(output)
    }

    private mutating func add(
        _ type: any PlainOperation.Type, _ members: inout JSONMembers, name: String
    ) throws(ModelFileError) {
        let x = try inputs(&members, 1...1)[0]
        let operation = try type.init(from: &members)
        let element = try Self.element(&members)
        var parameters: [[Float]] = []
        if !type.roles.isEmpty {
            let prefix = try prefix(&members, name)
            for role in type.roles { parameters.append(try floats("\(prefix).\(role.suffix)", members)) }
        }
        try members.finish()
        values.append(
            try proven { () throws(NetworkError) in
                try builder.plain(x, operation, parameters: parameters, element: element, name: name)
            })
    }

    private func inputs(
        _ members: inout JSONMembers, _ count: ClosedRange<Int>
    ) throws(ModelFileError) -> [TensorID] {
        let numbers = try members.integers("inputs")
        guard count.contains(numbers.count) else {
            throw members.wrong("inputs", "has \(numbers.count) numbers, which the operation does not take")
        }
        var result: [TensorID] = []
        for number in numbers {
            // A layer reads what was made before it.
            guard values.indices.contains(number) else { throw members.wrong("inputs", "names no earlier tensor") }
            result.append(values[number])
        }
        return result
    }

    private mutating func convolution(
        _ members: inout JSONMembers, name: String, grouping: Convolution.Grouping, input: TensorShape
    ) throws(ModelFileError) -> (Convolution, ElementType) {
        let prefix = try prefix(&members, name)
        let weight = try tensor(prefix + ".weight", members)
        let shape = weight.shape
        let isRight = grouping == .dense ? shape.count == 4 && shape[3] == input.channels : shape.count == 3
        guard isRight else {
            let expected = grouping == .dense ? "outputs, height, width, \(input.channels)" : "height, width, channels"
            throw .metadata(
                place: "the tensor \(weight.name)", reason: "has shape \(shape), expected [\(expected)]")
        }
        let kernel = grouping == .dense ? 1 : 0
        let window = try window(&members, kernelHeight: shape[kernel], kernelWidth: shape[kernel + 1])
        let activation = try members.choice("activation", Activation.self)
        let element = try Self.element(&members)
        let winograd = try winograd(&members)
        let parameters: Convolution.Parameters
        if let weights = file.signedBytes(of: weight) {
            let zeroPoint = try members.optionalInteger("weight_zero_point") ?? 0
            let scales = try floats(prefix + ".weight_scale", members)
            var bias: [Int32] = []
            if file.tensors[prefix + ".bias"] != nil {
                let tensor = try tensor(prefix + ".bias", members)
                guard let values = file.integers(of: tensor) else {
                    throw wrongType(tensor, "32-bit integers")
                }
                bias = values
            }
            parameters = .int8(weights: weights, zeroPoint: zeroPoint, scales: scales, bias: bias)
        } else if let weights = file.floats(of: weight) {
            let hasBias = file.tensors[prefix + ".bias"] != nil
            parameters = builder.floats(
                weights: weights, bias: hasBias ? try floats(prefix + ".bias", members) : [])
        } else {
            throw wrongType(weight, "floats or signed bytes")
        }
        let convolution = Convolution(
            window: window, grouping: grouping, outputChannels: grouping == .dense ? shape[0] : shape[2],
            parameters: parameters, activation: activation, winograd: winograd)
        return (convolution, element)
    }

    private mutating func batchNormalization(
        _ members: inout JSONMembers, _ x: TensorID, name: String
    ) throws(ModelFileError) -> TensorID {
        let epsilon = try members.double("epsilon")
        let momentum = try members.float("momentum")
        let prefix = try prefix(&members, name)
        var values: [[Float]] = []
        for suffix in ["scale", "shift", "mean", "variance"] {
            values.append(try floats("\(prefix).\(suffix)", members))
        }
        return try proven { () throws(NetworkError) in
            try builder.batchNormalization(
                x, scale: values[0], shift: values[1], mean: values[2], variance: values[3], epsilon: epsilon,
                momentum: momentum, name: name)
        }
    }

    // MARK: Members

    private static func element(_ members: inout JSONMembers) throws(ModelFileError) -> ElementType {
        guard members.has("quantization") else { return .float32 }
        var quantization = try members.members("quantization")
        let scale = try quantization.float("scale")
        let zeroPoint = try quantization.integer("zero_point")
        try quantization.finish()
        guard let value = Quantization(scale: scale, zeroPoint: zeroPoint) else {
            throw members.wrong("quantization", "is not possible: scale \(scale), zero point \(zeroPoint)")
        }
        return .uint8(value)
    }

    private func winograd(_ members: inout JSONMembers) throws(ModelFileError) -> WinogradFactors? {
        guard members.has("winograd") else { return nil }
        guard let factors = WinogradFactors(try members.integers("winograd")) else {
            throw members.wrong("winograd", "is not \(WinogradFactors.count) numbers from 1 to \(Int16.max)")
        }
        return factors
    }

    private func pooling(_ members: inout JSONMembers) throws(ModelFileError) -> Window {
        let kernel = try members.integers("kernel")
        guard kernel.count == 2 else { throw members.wrong("kernel", "is not an array of 2 integers") }
        return try window(&members, kernelHeight: kernel[0], kernelWidth: kernel[1])
    }

    private func window(
        _ members: inout JSONMembers, kernelHeight: Int, kernelWidth: Int
    ) throws(ModelFileError) -> Window {
        let stride = try members.integers("stride", count: 2, default: [1, 1])
        let dilation = try members.integers("dilation", count: 2, default: [1, 1])
        let padding = try members.integers("padding", count: 4, default: [0, 0, 0, 0])
        var window = Window(
            kernelHeight: kernelHeight, kernelWidth: kernelWidth, strideY: stride[0], strideX: stride[1],
            dilationY: dilation[0], dilationX: dilation[1])
        (window.paddingTop, window.paddingLeft) = (padding[0], padding[1])
        (window.paddingBottom, window.paddingRight) = (padding[2], padding[3])
        window.ceilMode = try members.boolean("ceil_mode", default: false)
        return window
    }

    // MARK: Tensors

    private func prefix(_ members: inout JSONMembers, _ name: String) throws(ModelFileError) -> String {
        members.has("tensors") ? try members.text("tensors") : name
    }

    private mutating func tensor(_ name: String, _ members: JSONMembers) throws(ModelFileError) -> SafetensorsTensor {
        guard let tensor = file.tensors[name] else {
            throw .metadata(place: members.place, reason: "needs a tensor \(name), which the file does not have")
        }
        guard taken.insert(name).inserted else {
            throw .metadata(place: members.place, reason: "needs the tensor \(name), which another layer has")
        }
        return tensor
    }

    private mutating func floats(_ name: String, _ members: JSONMembers) throws(ModelFileError) -> [Float] {
        let tensor = try tensor(name, members)
        guard let values = file.floats(of: tensor) else { throw wrongType(tensor, "floats") }
        return values
    }

    private func wrongType(_ tensor: SafetensorsTensor, _ expected: String) -> ModelFileError {
        .metadata(place: "the tensor \(tensor.name)", reason: "is of \(tensor.element.rawValue), not of \(expected)")
    }
}
