/// PyTorch's weights are also handed about as safetensors files, under the same names.
extension SafetensorsFile: TensorFile {
    package var tensorNames: [String] {
        tensors.values.filter { TorchElementType($0.element) != nil }.map(\.name)
    }

    package func tensor(_ name: String) -> TorchTensor? {
        guard let tensor = tensors[name], let element = TorchElementType(tensor.element) else { return nil }
        var (strides, step) = ([Int](), 1)
        for extent in tensor.shape.reversed() {
            strides.insert(step, at: 0)
            step *= max(1, extent)
        }
        return TorchTensor(
            name: name, view: TorchView(storage: 0, offset: 0, shape: tensor.shape, strides: strides),
            storage: TorchStorage(key: name, element: element, count: tensor.count), base: tensor.range.lowerBound)
    }
}

extension TorchElementType {
    /// The floats of a safetensors file; nil of integers.
    fileprivate init?(_ element: SafetensorsElementType) {
        switch element {
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .int8, .int32, .int64: return nil
        }
    }
}
