import Platform

/// How a photo becomes a network's input. It belongs to the model file: the wrong channel order alone costs about five
/// points of mAP.
public struct Preprocessing: Sendable, Hashable {
    /// What becomes of the byte x of a channel.
    public enum Normalization: Sendable, Hashable {
        /// It stays a byte: the network's input is quantized.
        case bytes
        /// The float scale[c] · x + bias[c], with c counted in the network's channel order.
        case affine(scale: [Float], bias: [Float])
    }

    /// Columns and rows of the network's input; the photo is warped to it, whatever its aspect.
    public var width: Int, height: Int
    /// The network's channel order.
    public var channelOrder: ChannelOrder
    /// From bytes to the network's numbers.
    public var normalization: Normalization

    /// The steps from a photo to an input of this size.
    public init(width: Int, height: Int, channelOrder: ChannelOrder, normalization: Normalization) {
        self.width = width
        self.height = height
        self.channelOrder = channelOrder
        self.normalization = normalization
    }
}
