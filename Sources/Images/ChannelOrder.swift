/// The order of the channels that a network was trained on.
public enum ChannelOrder: String, Sendable, Hashable, CaseIterable {
    case rgb
    case bgr
}
