/// The order of a pixel's three values: what pictures are written in and networks were trained on.
public enum ChannelOrder: String, Sendable, Hashable, CaseIterable {
    /// Red first.
    case rgb
    /// Blue first, as in models trained with OpenCV or Caffe.
    case bgr
}
