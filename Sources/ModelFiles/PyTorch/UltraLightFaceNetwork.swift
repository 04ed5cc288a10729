import MultiBox
import Networks

/// Ultra-Light-Fast-Generic-Face-Detector-1MB under its authors' names: `slim`, and `RFB` with a receptive field block (arXiv
/// 1711.07767) in its middle.
enum UltraLightFaceNetwork {
    /// The usual input, in pixels.
    private static let inputSize = (width: 320, height: 240)
    /// The sides of inputs that are taken.
    private static let sides = 64...2048
    /// The depthwise-separable blocks that halve the map: every one in which the channels double, but for the first.
    private static let halvingAfter: Set<Int> = [2, 4, 8, 11]
    /// The blocks of the base network after its first layer, and those whose result is a source map.
    private static let (blockCount, sources): (Int, Set<Int>) = (12, [7, 10, 12])
    /// The place of the receptive field block.
    private static let fieldBlock = 7

    static func recognizing(
        _ file: any TensorFile, inputSize size: (width: Int, height: Int)?
    ) -> TorchNetwork? {
        guard file.tensor("base_net.12.3.weight") != nil, file.tensor("extras.0.2.2.weight") != nil,
            file.tensor("regression_headers.3.weight") != nil
        else { return nil }
        let size = size ?? inputSize
        guard sides.contains(size.width), sides.contains(size.height) else { return nil }
        let hasField = file.tensor("base_net.7.ConvLinear.conv.weight") != nil
        return TorchNetwork(
            name: "Ultra-Light-Face \(hasField ? "RFB" : "slim")",
            .ultraLightFace(width: size.width, height: size.height)
        ) { (builder) throws(NetworkError) in try build(hasField: hasField, &builder) }
    }

    private static func build(
        hasField: Bool, _ builder: inout TorchLayerBuilder
    ) throws(NetworkError) -> (TensorID, TensorID) {
        let (half, whole) = (Window(kernel: 3, stride: 2, padding: 1), Window(kernel: 3, padding: 1))
        var x = try builder.convolution(
            builder.image, "base_net.0.0", half, normalization: "base_net.0.1", activation: .relu)
        var (offsets, scores): ([TensorID], [TensorID]) = ([], [])
        func addHeads(_ x: TensorID, _ builder: inout TorchLayerBuilder) throws(NetworkError) {
            let map = offsets.count
            for (name, isScores) in [("regression_headers", false), ("classification_headers", true)] {
                let depthwise = try builder.convolution(x, "\(name).\(map).0", whole, activation: .relu)
                let head = try builder.convolution(depthwise, "\(name).\(map).2")
                if isScores { scores.append(head) } else { offsets.append(head) }
            }
        }
        for number in 1...blockCount {
            let name = "base_net.\(number)"
            if hasField, number == fieldBlock {
                x = try field(x, name, &builder)
            } else {
                x = try builder.convolution(
                    x, name + ".0", halvingAfter.contains(number) ? half : whole, normalization: name + ".1",
                    activation: .relu)
                x = try builder.convolution(x, name + ".3", normalization: name + ".4", activation: .relu)
            }
            if sources.contains(number) { try addHeads(x, &builder) }
        }
        x = try builder.convolution(x, "extras.0.0", activation: .relu)
        x = try builder.convolution(x, "extras.0.2.0", half, activation: .relu)
        x = try builder.convolution(x, "extras.0.2.2", activation: .relu)
        offsets.append(try builder.convolution(x, "regression_headers.3", whole))
        scores.append(try builder.convolution(x, "classification_headers.3", whole))
        return (try builder.rows(offsets, columns: 4, "locations"), try builder.rows(scores, columns: 2, "scores"))
    }

    /// Three branches of ever wider holes beside a shortcut.
    private static func field(
        _ x: TensorID, _ name: String, _ builder: inout TorchLayerBuilder
    ) throws(NetworkError) -> TensorID {
        func unit(
            _ x: TensorID, _ part: String, _ window: Window, _ activation: Activation,
            _ builder: inout TorchLayerBuilder
        ) throws(NetworkError) -> TensorID {
            try builder.convolution(
                x, "\(name).\(part).conv", window, normalization: "\(name).\(part).bn", activation: activation)
        }
        let (one, three) = (Window(kernel: 1), Window(kernel: 3, padding: 1))
        var branches: [TensorID] = []
        for (branch, dilation) in [2, 3, 5].enumerated() {
            var y = try unit(x, "branch\(branch).0", one, .none, &builder)
            let middle = branch == 2 ? 2 : 1
            for layer in 1...middle { y = try unit(y, "branch\(branch).\(layer)", three, .relu, &builder) }
            branches.append(
                try unit(
                    y, "branch\(branch).\(middle + 1)", Window(kernel: 3, padding: dilation, dilation: dilation), .none,
                    &builder))
        }
        let joined = try builder.concatenation(branches, name + ".branches")
        let linear = try unit(joined, "ConvLinear", one, .none, &builder)
        return try builder.add(linear, try unit(x, "shortcut", one, .none, &builder), activation: .relu, name)
    }
}
