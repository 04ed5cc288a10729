import Networks

/// The parameters of a file of PyTorch's names under an architecture's names and in its order of extents.
package struct TorchParameters: ParameterSource, Sendable {
    private let file: any TensorFile
    private let mapping: ParameterMapping

    /// The parameters of a file whose names `mapping` knows.
    package init(_ file: any TensorFile, mapping: ParameterMapping) {
        self.file = file
        self.mapping = mapping
    }

    /// Weights lie in the file as [output, input, height, width] (OIHW) and become OHWI; depthwise ones have one input
    /// and become [height, width, channel].
    package func values(of parameter: ParameterDescription) throws(NetworkError) -> [Float] {
        guard let name = mapping.name(of: parameter), let tensor = file.tensor(name) else {
            throw .missingParameter(name: mapping.name(of: parameter) ?? parameter.name)
        }
        let axes: [Int]
        let expected: [Int]
        switch (parameter.role, parameter.shape.count) {
        case (.weight, 4):
            axes = [0, 2, 3, 1]
            expected = [0, 3, 1, 2].map { parameter.shape[$0] }
        case (.weight, _):
            axes = [2, 3, 0, 1]
            expected = [parameter.shape[2], 1, parameter.shape[0], parameter.shape[1]]
        default:
            axes = [0]
            expected = parameter.shape
        }
        guard tensor.shape == expected else {
            throw .parameterShape(name: name, found: tensor.shape, expected: expected)
        }
        return file.floats(of: tensor.permuted(axes))
    }
}
