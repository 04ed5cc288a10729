import MultiBox
import Networks

/// MediaPipe's BlazeFace (arXiv 1907.05047) under the names of hollance's BlazeFace-PyTorch, for near faces and for those
/// farther away.
enum BlazeFaceNetwork {
    /// The columns of an offset: the box and six key points.
    private static let offsetColumns = 16
    /// TensorFlow's padding of an even map at stride 2 is at its end.
    private static let halvingWindow: Window = {
        var window = Window(kernel: 3, stride: 2)
        (window.paddingBottom, window.paddingRight) = (2, 2)
        return window
    }()

    static func recognizing(_ file: any TensorFile) -> TorchNetwork? {
        guard file.tensor("regressor_16.weight") != nil, file.tensor("classifier_8.weight") != nil else { return nil }
        if file.tensor("final.convs.0.weight") != nil {
            return TorchNetwork(name: "BlazeFace-PyTorch's back model", .blazeFaceBack) {
                (builder) throws(NetworkError) in try back(&builder)
            }
        }
        guard file.tensor("backbone2.0.convs.0.weight") != nil else { return nil }
        return TorchNetwork(name: "BlazeFace-PyTorch's front model", .blazeFaceFront) {
            (builder) throws(NetworkError) in try front(&builder)
        }
    }

    private static func front(_ builder: inout TorchLayerBuilder) throws(NetworkError) -> (TensorID, TensorID) {
        let fine = try blocks(
            try stem("backbone1.0", &builder), "backbone1", from: 2,
            halving: [2, 5], channels: [24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88], &builder)
        let coarse = try blocks(
            fine, "backbone2", from: 0, halving: [0], channels: [96, 96, 96, 96, 96], &builder)
        return try heads(fine, coarse, &builder)
    }

    private static func back(_ builder: inout TorchLayerBuilder) throws(NetworkError) -> (TensorID, TensorID) {
        let channels = [Int](repeating: 24, count: 15) + [Int](repeating: 48, count: 8) + [Int](repeating: 96, count: 8)
        let fine = try blocks(
            try stem("backbone.0", &builder), "backbone", from: 2, halving: [7, 15, 23], channels: channels, &builder)
        let depthwise = try builder.convolution(fine, "final.convs.0", halvingWindow)
        return try heads(fine, try builder.convolution(depthwise, "final.convs.1", activation: .relu), &builder)
    }

    private static func stem(_ name: String, _ builder: inout TorchLayerBuilder) throws(NetworkError) -> TensorID {
        var window = Window(kernel: 5, stride: 2)
        (window.paddingTop, window.paddingBottom) = (1, 2)
        (window.paddingLeft, window.paddingRight) = (1, 2)
        return try builder.convolution(builder.image, name, window, activation: .relu)
    }

    /// Blocks of a depthwise and a 1×1 convolution, to which the input is added: halved where they halve, and with zeros for
    /// the channels that they add.
    private static func blocks(
        _ input: TensorID, _ sequence: String, from first: Int, halving: Set<Int>, channels: [Int],
        _ builder: inout TorchLayerBuilder
    ) throws(NetworkError) -> TensorID {
        var x = input
        for (index, channels) in channels.enumerated() {
            let name = "\(sequence).\(first + index)"
            let halves = halving.contains(index)
            let depthwise = try builder.convolution(
                x, name + ".convs.0", halves ? halvingWindow : Window(kernel: 3, padding: 1))
            let y = try builder.convolution(depthwise, name + ".convs.1")
            let shortcut = halves ? try builder.halving(x, name + ".max_pool") : x
            x = try builder.add(
                y, try builder.padded(shortcut, toChannels: channels, name + ".channel_pad"), activation: .relu, name)
        }
        return x
    }

    private static func heads(
        _ fine: TensorID, _ coarse: TensorID, _ builder: inout TorchLayerBuilder
    ) throws(NetworkError) -> (TensorID, TensorID) {
        let scores = [
            try builder.convolution(fine, "classifier_8"), try builder.convolution(coarse, "classifier_16"),
        ]
        let offsets = [
            try builder.convolution(fine, "regressor_8"), try builder.convolution(coarse, "regressor_16"),
        ]
        return (
            try builder.rows(offsets, columns: offsetColumns, keeping: 4, "locations"),
            try builder.rows(scores, columns: 1, "scores")
        )
    }
}
