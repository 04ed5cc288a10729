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

    /// What a value between pixels is before it is normalized. Networks can tell: of 191 faces that
    /// BlazeFace finds, the scores of 8 change by more than 0.005.
    public enum Interpolation: String, Sendable, Hashable, Codable, CaseIterable {
        /// As it comes, of any fraction: torchvision resizes photos of floats, and so does our training what it varies.
        case floats
        /// Rounded to a byte, as libraries that resize pictures do it: OpenCV, on which ssd.pytorch, Caffe's and most others'
        /// code for inference relies.
        case bytes
        /// A byte that stands for all pixels which became one, as Pillow resizes pictures.
        case antialiased
    }

    /// Columns and rows of the network's input; the photo is warped to it, whatever its aspect.
    public var width: Int, height: Int
    /// The network's channel order.
    public var channelOrder: ChannelOrder
    /// From bytes to the network's numbers.
    public var normalization: Normalization {
        didSet { if normalization == .bytes, interpolation == .floats { interpolation = .bytes } }
    }
    /// What is between pixels; never floats where the input is bytes.
    public var interpolation: Interpolation

    /// The steps from a photo to an input of this size.
    public init(
        width: Int, height: Int, channelOrder: ChannelOrder, normalization: Normalization,
        interpolation: Interpolation = .floats
    ) {
        self.width = width
        self.height = height
        self.channelOrder = channelOrder
        self.normalization = normalization
        self.interpolation = normalization == .bytes && interpolation == .floats ? .bytes : interpolation
    }

    /// Whether the interpolation is the one that goes without saying: bytes of an input of bytes, else floats.
    public var hasUsualInterpolation: Bool { interpolation == (normalization == .bytes ? .bytes : .floats) }
}
