/// A box by its centre and extent, the form in which SSD encodes; normalised coordinates unless said otherwise.
public struct CenterBox: Sendable, Hashable, Codable {
    /// The horizontal centre.
    public var cx: Float
    /// The vertical centre.
    public var cy: Float
    /// The width.
    public var w: Float
    /// The height.
    public var h: Float

    /// A box from its centre and extent, taken as they are.
    @inlinable
    public init(cx: Float, cy: Float, w: Float, h: Float) {
        self.cx = cx
        self.cy = cy
        self.w = w
        self.h = h
    }

    /// The centre form of a box given by its corners.
    @inlinable
    public init(_ box: CornerBox) {
        self.init(cx: (box.xmin + box.xmax) / 2, cy: (box.ymin + box.ymax) / 2, w: box.width, h: box.height)
    }
}
