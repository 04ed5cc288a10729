import Networks

/// What a value of the file has become.
enum ONNXValue: Sendable {
    /// The photo, before any layer has read it.
    case image(ONNXImage)
    /// A feature map of shape [1, channels, height, width]; ours lies with the channels innermost.
    case map(TensorID)
    /// A feature map with zeros around it, which the window that slides over it takes in.
    case padded(TensorID, ONNXPadding)
    /// A feature map whose channels were taken apart, as [1, boxes, columns, height, width]; ours lies as it did.
    case split(TensorID, shape: [Int], sides: Int)
    /// A tensor that lies as its shape says, the last axis the fastest.
    case rows(TensorID, shape: [Int])
    /// Scores before the function that makes confidences of them, which our post-processing takes over.
    case confidences(logits: TensorID, shape: [Int], ONNXConfidence)
    /// A constant.
    case constant(ONNXTensor)
    /// A tensor of the file's weights, not read yet.
    case stored(Int)
    /// Bytes whose reals are this: what QuantizeLinear makes and DequantizeLinear takes.
    indirect case bytes(ONNXValue)
    /// A constant that a node DequantizeLinear makes.
    case dequantized(ONNXNode)
    /// A step on the way to an L2 normalization of a feature map.
    case length(TensorID, ONNXLength)
    /// What comes after the heads: worked out of them by nodes that the network does not have.
    case traced
}

/// What makes confidences of scores.
enum ONNXConfidence: Sendable, Hashable {
    case softmax
    case sigmoid
}

/// Pixels of zeros around a feature map.
struct ONNXPadding: Sendable, Hashable {
    var top = 0, left = 0, bottom = 0, right = 0
}

/// How far a length over the channels of a feature map has come (ParseNet's normalization, arXiv 1506.04579).
enum ONNXLength: Sendable, Hashable {
    /// The squares of all elements.
    case squares
    /// Their sum over the channels of each pixel, and what was added to it.
    case sum(epsilon: Float)
    /// Its root: the length; epsilon is what was added to the sum.
    case root(epsilon: Float)
}

/// The photo on its way to the first layer: which axes it has, and what was done to its values.
struct ONNXImage: Sendable, Hashable {
    /// The extents, as the file has them.
    var shape: [Int]
    /// Which of them are the channels.
    var channelAxis: Int
    /// Whether the channels were turned round.
    var isReversed = false
    /// Each value of a channel became scale · value + bias.
    var scale: SIMD3<Float> = .one
    var bias: SIMD3<Float> = .zero
    /// Whether the graph resizes it.
    var isResized = false

    /// Whether its rows and columns are known; a photo of any size must be resized before anything reads it.
    var hasSize: Bool { shape.allSatisfy { $0 > 0 } }

    /// The photo's rows and columns.
    var size: (height: Int, width: Int) {
        let sides = shape.enumerated().filter { $0.offset != channelAxis && !isBatch($0.offset) }.map(\.element)
        return (sides[0], sides[1])
    }

    /// Whether an axis is one before all others, of one photo.
    private func isBatch(_ axis: Int) -> Bool { shape.count == 4 && axis == 0 }
}
