/// The index of a tensor in its network.
public struct TensorID: Sendable, Hashable {
    package let index: Int
}
