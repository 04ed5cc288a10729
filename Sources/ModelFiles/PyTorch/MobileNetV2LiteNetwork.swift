import MultiBox
import Networks

/// SSDLite on MobileNetV2 (arXiv 1801.04381) under the names of qfgaohao's pytorch-ssd, `mb2-ssd-lite`, at 300 × 300 pixels.
enum MobileNetV2LiteNetwork {
    /// Blocks of the backbone, counted from 1, of which the first of a stage halves the map.
    private static let (blockCount, halving): (Int, Set<Int>) = (17, [2, 4, 7, 14])
    /// The block whose expansion is the first source map.
    private static let tappedBlock = 14
    private static let boxesPerCell = 6
    private static let mapCount = 6
    private static let side = 300

    static func recognizing(_ file: any TensorFile) -> TorchNetwork? {
        guard file.tensor("base_net.14.conv.6.weight") != nil, file.tensor("extras.0.conv.6.weight") != nil,
            let scores = file.tensor("classification_headers.5.bias"), scores.count.isMultiple(of: boxesPerCell),
            (2...DetectionOutputConfiguration.maximumClassCount).contains(scores.count / boxesPerCell)
        else { return nil }
        let classes = scores.count / boxesPerCell
        let scale: Float = 1 / 128
        return TorchNetwork(
            name: "pytorch-ssd's mb2-ssd-lite", architecture: SSDArchitecture.ssdliteMobileNetV2.rawValue,
            preprocessing: Preprocessing(
                width: side, height: side, channelOrder: .rgb,
                normalization: .affine(
                    scale: [scale, scale, scale], bias: [-127 * scale, -127 * scale, -127 * scale]),
                interpolation: .bytes),
            defaultBoxes: defaultBoxes,
            output: DetectionOutputConfiguration(
                classCount: classes, candidatesPerClass: 200, maxDetections: classes * 200, clip: .never)
        ) { (builder) throws(NetworkError) in try build(classes: classes, &builder) }
    }

    /// Its default boxes: 3000, of the ratios 2 and 3 on each map.
    private static let defaultBoxes: DefaultBoxConfiguration = {
        let maps: [(side: Int, step: Float, size: Float, next: Float)] = [
            (19, 16, 60, 105), (10, 32, 105, 150), (5, 64, 150, 195), (3, 100, 195, 240), (2, 150, 240, 285),
            (1, 300, 285, 330),
        ]
        return DefaultBoxConfiguration(
            imageWidth: side, imageHeight: side,
            maps: maps.map {
                .init(
                    size: $0.side, step: $0.step, minimumSizes: [$0.size], maximumSizes: [$0.next],
                    aspectRatios: [2, 3])
            }, clip: .centerForm)
    }()

    private static func build(
        classes: Int, _ builder: inout TorchLayerBuilder
    ) throws(NetworkError) -> (TensorID, TensorID) {
        var sources: [TensorID] = []
        var x = try builder.convolution(
            builder.image, "base_net.0.0", Window(kernel: 3, stride: 2, padding: 1), normalization: "base_net.0.1",
            activation: .relu6)
        for number in 1...blockCount {
            x = try block(
                x, "base_net.\(number)", expands: number > 1, halves: halving.contains(number), &builder
            ) { if number == tappedBlock { sources.append($0) } }
        }
        x = try builder.convolution(x, "base_net.18.0", normalization: "base_net.18.1", activation: .relu6)
        sources.append(x)
        for number in 0..<4 {
            x = try block(x, "extras.\(number)", expands: true, halves: true, &builder) { _ in }
            sources.append(x)
        }
        let offsets = try heads(sources, "regression_headers", &builder)
        let scores = try heads(sources, "classification_headers", &builder)
        return (
            try builder.rows(offsets, columns: 4, "locations"), try builder.rows(scores, columns: classes, "scores")
        )
    }

    /// An inverted residual; `tap` is given its expansion.
    private static func block(
        _ x: TensorID, _ name: String, expands: Bool, halves: Bool, _ builder: inout TorchLayerBuilder,
        tap: (TensorID) -> Void
    ) throws(NetworkError) -> TensorID {
        var (y, part) = (x, 0)
        func unit(_ part: Int) -> (String, String) { ("\(name).conv.\(part)", "\(name).conv.\(part + 1)") }
        if expands {
            let (layer, norm) = unit(0)
            y = try builder.convolution(y, layer, normalization: norm, activation: .relu6)
            tap(y)
            part = 3
        }
        let (depthwise, depthwiseNorm) = unit(part)
        y = try builder.convolution(
            y, depthwise, Window(kernel: 3, stride: halves ? 2 : 1, padding: 1), normalization: depthwiseNorm,
            activation: .relu6)
        let (project, projectNorm) = unit(part + 3)
        y = try builder.convolution(y, project, normalization: projectNorm)
        return !halves && builder[x] == builder[y] ? try builder.add(x, y, name) : y
    }

    /// The heads of the source maps: depthwise-separable but for the last.
    private static func heads(
        _ sources: [TensorID], _ name: String, _ builder: inout TorchLayerBuilder
    ) throws(NetworkError) -> [TensorID] {
        var heads: [TensorID] = []
        for (map, x) in sources.enumerated() {
            let head = "\(name).\(map)"
            guard map < mapCount - 1 else {
                heads.append(try builder.convolution(x, head))
                break
            }
            let depthwise = try builder.convolution(
                x, head + ".0", Window(kernel: 3, padding: 1), normalization: head + ".1", activation: .relu6)
            heads.append(try builder.convolution(depthwise, head + ".3"))
        }
        return heads
    }
}
