import JSON
import Networks

/// Writes a network as JSON beside the tensors of its parameters: the input, then the layers in their order, each naming
/// its inputs by number (0 is the network's input, n the output of the n-th layer). Shapes are left out where they follow.
struct NetworkEncoder {
    private let network: Network
    private var numbers: [TensorID: Int] = [:]
    private var prefixes: Set<String> = []

    /// An encoder of a network.
    init(_ network: Network) {
        self.network = network
        numbers[network.input] = 0
        for (index, layer) in network.layers.enumerated() { numbers[layer.output] = index + 1 }
    }

    /// The number of a tensor of the network.
    func number(of id: TensorID) -> Int {
        guard let number = numbers[id] else { preconditionFailure("a tensor of another network") }
        return number
    }

    /// The network as JSON; its parameters are added to `file`.
    mutating func text(addingTo file: inout SafetensorsWriter) -> String {
        var json = JSONWriter(reserving: 256 * network.layers.count)
        json.object { json in
            json.name("input")
            json.object { json in
                integers("shape", network[network.input].shape.dimensions, &json)
                quantization(network[network.input].element, &json)
            }
            json.name("layers")
            json.array { json in
                for layer in network.layers { encode(layer, &json, &file) }
            }
            integers("outputs", network.outputs.map(number), &json)
        }
        return String(decoding: json.finish(lineFeed: false), as: UTF8.self)
    }

    private mutating func encode(_ layer: Layer, _ json: inout JSONWriter, _ file: inout SafetensorsWriter) {
        json.object { json in
            json.member("name", layer.name)
            json.member("operation", NetworkOperation.name(of: layer.operation))
            integers("inputs", layer.inputs.map(number), &json)
            let output = network[layer.output]
            switch layer.operation {
            case .convolution(let convolution):
                let inputChannels = network[layer.inputs[0]].shape.channels
                encode(convolution, inputChannels: inputChannels, layer.name, &json, &file)
                quantization(output.element, &json)
            case .maxPooling(let window):
                self.window(window, hasKernel: true, &json)
            case .averagePooling(let window, let countPadding):
                self.window(window, hasKernel: true, &json)
                flag("count_padding", countPadding, &json)
            case .activation(let activation):
                json.member("activation", activation.rawValue)
                quantization(output.element, &json)
            case .add(let activation):
                json.member("activation", activation.rawValue)
                quantization(output.element, &json)
            case .convert, .scaleChannels: quantization(output.element, &json)
            case .concatenation(let axis): json.member("axis", axis)
            case .reshape: integers("shape", output.shape.dimensions, &json)
            case .l2Normalization(let scale, let epsilon):
                json.name("epsilon")
                json.exact(epsilon)
                add([scale], prefix(layer.name, &json), &file)
            case .batchNormalization(let normalization):
                json.name("epsilon")
                json.exact(normalization.epsilon)
                json.name("momentum")
                json.exact(normalization.momentum)
                add(
                    [normalization.scale, normalization.shift, normalization.mean, normalization.variance],
                    prefix(layer.name, &json), &file)
            case .plain(let operation):
                operation.write(to: &json)
                quantization(output.element, &json)
                if !operation.parameters.isEmpty { add(operation.parameters, prefix(layer.name, &json), &file) }
            case .multiply, .softmax: break
            }
        }
    }

    private mutating func encode(
        _ convolution: Convolution, inputChannels: Int, _ name: String, _ json: inout JSONWriter,
        _ file: inout SafetensorsWriter
    ) {
        window(convolution.window, hasKernel: false, &json)
        json.member("activation", convolution.activation.rawValue)
        let prefix = prefix(name, &json)
        let shape = convolution.weightShape(inputChannels: inputChannels)
        switch convolution.parameters {
        case .float32(let weights, let bias):
            file.addWeights(prefix + ".weight", shape, network.parameters[weights].values)
            if let bias { add([bias], prefix, &file) }
        case .int8(let weights, let zeroPoint, let scales, let bias):
            if zeroPoint != 0 { json.member("weight_zero_point", zeroPoint) }
            if let winograd = convolution.winograd { integers("winograd", winograd.values.map(Int.init), &json) }
            file.add(prefix + ".weight", shape, .int8(weights))
            file.add(prefix + ".weight_scale", [scales.count], .float32(scales))
            if !bias.isEmpty { file.add(prefix + ".bias", [bias.count], .int32(bias)) }
        }
    }

    /// Adds parameters of a layer, each under the suffix of its role.
    private func add(_ ids: [ParameterID], _ prefix: String, _ file: inout SafetensorsWriter) {
        for id in ids {
            let parameter = network.parameters[id]
            file.add("\(prefix).\(parameter.role.suffix)", [parameter.values.count], .float32(parameter.values))
        }
    }

    /// What the names of a layer's tensors begin with: the layer's name, unless an earlier layer has the same.
    private mutating func prefix(_ name: String, _ json: inout JSONWriter) -> String {
        var prefix = name
        var number = 2
        while !prefixes.insert(prefix).inserted {
            prefix = "\(name)#\(number)"
            number += 1
        }
        if prefix != name { json.member("tensors", prefix) }
        return prefix
    }

    // MARK: Members

    private func window(_ window: Window, hasKernel: Bool, _ json: inout JSONWriter) {
        if hasKernel { integers("kernel", [window.kernelHeight, window.kernelWidth], &json) }
        func pair(_ name: StaticString, _ y: Int, _ x: Int) {
            if y != 1 || x != 1 { integers(name, [y, x], &json) }
        }
        pair("stride", window.strideY, window.strideX)
        pair("dilation", window.dilationY, window.dilationX)
        let padding = [window.paddingTop, window.paddingLeft, window.paddingBottom, window.paddingRight]
        if padding != [0, 0, 0, 0] { integers("padding", padding, &json) }
        flag("ceil_mode", window.ceilMode, &json)
    }

    private func quantization(_ element: ElementType, _ json: inout JSONWriter) {
        guard let quantization = element.quantization else { return }
        json.name("quantization")
        json.object { json in
            json.name("scale")
            json.exact(quantization.scale)
            json.member("zero_point", quantization.zeroPoint)
        }
    }

    private func flag(_ name: StaticString, _ value: Bool, _ json: inout JSONWriter) {
        guard value else { return }
        json.name(name)
        json.boolean(value)
    }

    private func integers(_ name: StaticString, _ values: [Int], _ json: inout JSONWriter) {
        json.integers(name, values)
    }
}
