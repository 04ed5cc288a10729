import Networks

/// What a tensor of a TensorFlow Lite graph has become.
enum TFLiteValue {
    /// A tensor of the network.
    case activation(TensorID)
    /// A tensor of the network with zeros around it, to be folded into the windows of the layers that read it.
    case padded(TensorID, TFLitePadding)
    /// A feature map whose pixels were dealt out to a batch, for a convolution that is to have holes.
    case dealt(TensorID, block: (y: Int, x: Int), TFLitePadding)
    /// A convolution over such a map, to be made once it is known what is cut off its result.
    case pending(TFLiteOperator, Convolution.Grouping, TensorID, block: (y: Int, x: Int), TFLitePadding)
    /// A constant that an operator made: weights that are stored in another type than they are used in.
    case floats([Float])
    /// Integers that an operator made from shapes, which are constant here.
    case integers([Int])
}

/// Rows and columns of zeros around a feature map.
struct TFLitePadding {
    var top = 0, bottom = 0, left = 0, right = 0

    /// Both paddings together.
    static func + (a: TFLitePadding, b: TFLitePadding) -> TFLitePadding {
        TFLitePadding(
            top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right)
    }
}
