/// torchvision's `mobilenet_v2` in shape, as PyTorch would save it.
package enum TorchMobileNetV2 {
    /// The tensors of torchvision's `mobilenet_v2`, by its table.
    package static func tensors() -> [TorchWriter.Tensor] {
        var tensors: [TorchWriter.Tensor] = []
        func add(_ name: String, _ shape: [Int], _ value: Float) {
            tensors.append(
                TorchWriter.Tensor(name, shape, [Float](repeating: value, count: shape.reduce(1, *))))
        }
        func normalization(_ name: String, _ channels: Int) {
            for part in ["weight", "bias", "running_mean", "running_var"] {
                add("\(name).\(part)", [channels], part == "weight" || part == "running_var" ? 1 : 0)
            }
        }
        add("features.0.0.weight", [32, 3, 3, 3], 0.01)
        normalization("features.0.1", 32)
        var (channels, number) = (32, 0)
        let table = [
            (1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1),
        ]
        for (expansion, output, blocks) in table {
            for _ in 0..<blocks {
                number += 1
                let (prefix, expanded) = ("features.\(number).conv", channels * expansion)
                var part = 0
                if expansion > 1 {
                    add("\(prefix).0.0.weight", [expanded, channels, 1, 1], 0.01)
                    normalization("\(prefix).0.1", expanded)
                    part = 1
                }
                add("\(prefix).\(part).0.weight", [expanded, 1, 3, 3], 0.01)
                normalization("\(prefix).\(part).1", expanded)
                add("\(prefix).\(part + 1).weight", [output, expanded, 1, 1], 0.01)
                normalization("\(prefix).\(part + 2)", output)
                channels = output
            }
        }
        add("features.18.0.weight", [1280, 320, 1, 1], 0.01)
        normalization("features.18.1", 1280)
        add("classifier.1.weight", [1000, 1280], 0)
        add("classifier.1.bias", [1000], 0)
        return tensors
    }
}
