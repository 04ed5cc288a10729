import MultiBox

extension DetectionModel {
    /// How raw outputs become detections, once the parts of the model are proven to fit together.
    ///
    /// - Parameter softmaxScan: the scan of score rows, made for the machine where speed matters.
    /// - Throws: `DetectionModelError` if they do not.
    package func detectionOutput(
        softmaxScan: @escaping SoftmaxScan.Function = SoftmaxScan.portable
    ) throws(DetectionModelError) -> DetectionOutput {
        let detectionOutput: DetectionOutput
        do throws(MultiBoxError) {
            detectionOutput = try DetectionOutput(
                configuration: output, coder: coder, defaultBoxes: defaultBoxes.boxes(), softmaxScan: softmaxScan)
        } catch { throw .postProcessing(error) }
        let boxes = detectionOutput.defaultBoxes.count
        try check("locations", locations, [boxes, 4])
        try check("scores", scores, [boxes, output.classCount])
        let input = network[network.input]
        let isBytes = preprocessing.normalization == .bytes
        guard input.shape.dimensions == [preprocessing.height, preprocessing.width, 3],
            isBytes == (input.element != .float32)
        else {
            throw .input(
                found: "\(input.shape) of \(input.element == .float32 ? "floats" : "bytes")",
                expected: "\(preprocessing.height)×\(preprocessing.width)×3 of \(isBytes ? "bytes" : "floats")")
        }
        if case .affine(let scale, let bias) = preprocessing.normalization {
            guard scale.count == 3, bias.count == 3, (scale + bias).allSatisfy(\.isFinite) else {
                throw .normalization(scales: scale.count, biases: bias.count)
            }
        }
        return detectionOutput
    }

    private func check(_ name: String, _ id: TensorID, _ expected: [Int]) throws(DetectionModelError) {
        let tensor = network[id]
        guard tensor.shape.dimensions == expected, tensor.element == .float32, network.outputs.contains(id) else {
            throw .output(
                name: name, found: "\(tensor.shape) of \(tensor.element == .float32 ? "floats" : "bytes")",
                expected: expected.map(String.init).joined(separator: "×") + " of floats")
        }
    }
}
