/// A plain operation that is a function of each element and has no parameters that are learned.
package protocol ElementwiseOperation: PlainOperation {
    /// The function at `x`.
    func value(_ x: Float) -> Float
    /// Its derivative at `x`.
    func slope(_ x: Float) -> Float
    /// Checks its numbers, which may be those of a file, in the name of `layer`.
    func validate(layer: String) throws(NetworkError)
}

extension ElementwiseOperation {
    package static var roles: [ParameterRole] { [] }
    package var keepsQuantization: Bool { false }

    package func shape(of input: TensorShape, layer: String) throws(NetworkError) -> TensorShape {
        try validate(layer: layer)
        return input
    }

    package func validate(layer: String) throws(NetworkError) {}
}

extension NetworkBuilder {
    /// Adds a function of each element; on quantized input, `element` is the quantization of the result.
    package mutating func elementwise(
        _ x: TensorID, _ operation: any ElementwiseOperation, element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        try plain(x, operation, parameters: [], element: element, name: name)
    }
}
