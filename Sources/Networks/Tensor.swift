/// A tensor of a network, without its contents.
public struct Tensor: Sendable {
    /// The shape for one image.
    public let shape: TensorShape
    /// What its elements are.
    public let element: ElementType

    /// Bytes one image's tensor takes.
    public var size: Int { shape.elementCount * element.size }
}
