import MultiBox

/// The extents of one image's tensor, without the batch: `[height, width, channels]` for a feature map (NHWC),
/// `[boxes, columns]` for a head's rows.
///
/// A shape is proven when it is made: every extent is at least 1 and the product stays within `maximumElementCount`, so
/// that no later multiplication of extents can overflow.
public struct TensorShape: Sendable, Hashable, CustomStringConvertible {
    /// The most elements one image's tensor may have: 2²⁸, one GiB of floats. SSD512's largest has 2²⁴.
    public static let maximumElementCount = 1 << 28
    /// The most extents a shape may have.
    public static let maximumRank = 5

    /// The extents, outermost first.
    public let dimensions: [Int]
    /// The product of the extents.
    public let elementCount: Int

    /// A shape with these extents.
    ///
    /// - Throws: `NetworkError.invalidShape` if an extent is not positive, the product exceeds `maximumElementCount` or
    ///   there are no or too many extents.
    public init(_ dimensions: [Int]) throws(NetworkError) {
        guard (1...Self.maximumRank).contains(dimensions.count) else { throw .invalidShape(dimensions) }
        guard let count = CheckedArithmetic.product(dimensions), (1...Self.maximumElementCount).contains(count) else {
            throw .invalidShape(dimensions)
        }
        self.dimensions = dimensions
        elementCount = count
    }

    /// A feature map's shape. Throws as `init(_:)` does.
    public init(height: Int, width: Int, channels: Int) throws(NetworkError) {
        try self.init([height, width, channels])
    }

    /// The innermost extent: the channels of a feature map, the columns of a matrix.
    public var channels: Int { dimensions[dimensions.count - 1] }

    /// The number of pixels: all elements over the channels.
    public var pixels: Int { elementCount / channels }

    /// Whether this is `[height, width, channels]`.
    public var isFeatureMap: Bool { dimensions.count == 3 }

    /// The first extent.
    public var height: Int { dimensions[0] }

    /// The second extent of a feature map.
    public var width: Int {
        precondition(isFeatureMap)
        return dimensions[1]
    }

    /// As in `300×300×3`.
    public var description: String { dimensions.map(String.init).joined(separator: "×") }
}
