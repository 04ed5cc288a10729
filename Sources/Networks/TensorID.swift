/// The index of a tensor in its network.
public struct TensorID: Sendable, Hashable {
    let index: Int
}
