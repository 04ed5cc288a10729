import Networks

/// torchvision's `vgg16` as SSD takes it over (arXiv 1512.02325, section 3): of the fully connected layers fc6 and fc7, which
/// become convolutions, every fourth output is taken, and of the 7×7 window of fc6 every third row and column; the
/// convolution has holes, so that its taps lie where they lay.
struct DecimatedVGG16: ParameterSource {
    /// The share of outputs that are taken is one in so many.
    private static let outputStep = 4
    /// The window of fc6 as it is trained, and the step from a tap that is taken to the next.
    private static let (windowSide, windowStep) = (7, 3)

    /// Whether the fully connected layers are there: torchvision's file of the authors' weights has none that are numbers.
    let hasClassifier: Bool
    private let file: any TensorFile
    private let convolutions: TorchParameters

    init(_ file: any TensorFile) {
        self.file = file
        convolutions = TorchParameters(file, mapping: .torchvisionVGG16)
        hasClassifier = [0, 3].allSatisfy { layer in
            guard let bias = file.tensor("classifier.\(layer).bias") else { return false }
            return file.floats(of: bias).allSatisfy(\.isFinite)
        }
    }

    func values(of parameter: ParameterDescription) throws(NetworkError) -> [Float] {
        let layer: String
        switch parameter.layer {
        case "fc6": layer = "classifier.0"
        case "fc7": layer = "classifier.3"
        default: return try convolutions.values(of: parameter)
        }
        let name = layer + "." + parameter.role.suffix
        guard hasClassifier, let tensor = file.tensor(name) else { throw .missingParameter(name: name) }
        let (isBias, outputs) = (parameter.role == .bias, parameter.shape[0] * Self.outputStep)
        let side = parameter.layer == "fc6" ? Self.windowSide : 1
        // Of fc7, the inputs are the outputs of fc6, of which as many are left out.
        let inputs = isBias ? 1 : parameter.shape[3] * (parameter.layer == "fc6" ? side * side : Self.outputStep)
        let expected = isBias ? [outputs] : [outputs, inputs]
        guard tensor.shape == expected else {
            throw .parameterShape(name: name, found: tensor.shape, expected: expected)
        }
        if isBias { return file.floats(of: tensor.decimated([Self.outputStep])) }
        guard parameter.layer == "fc6" else {
            return file.floats(of: tensor.decimated([Self.outputStep, Self.outputStep]))
        }
        let taps = tensor.splittingLast(into: [parameter.shape[3], side, side])
            .decimated([Self.outputStep, 1, Self.windowStep, Self.windowStep])
        return file.floats(of: taps.permuted([0, 2, 3, 1]))
    }
}
