/// The position of a parameter in the store of its network.
public struct ParameterID: Sendable, Hashable {
    package let index: Int

    package init(index: Int) { self.index = index }
}
