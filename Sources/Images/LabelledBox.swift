/// A box to be drawn on a picture.
public struct LabelledBox: Sendable, Hashable {
    /// The left edge, in pixels from the picture's left edge.
    public var xmin: Float
    /// The upper edge, in pixels from the picture's upper edge.
    public var ymin: Float
    /// The right edge, in pixels.
    public var xmax: Float
    /// The lower edge, in pixels.
    public var ymax: Float
    /// What the strip at the box says; empty for no strip. Printable ASCII; other characters are drawn as a frame.
    public var label: String
    /// Boxes of the same index have the same colour: the class, for instance. Any number.
    public var colorIndex: Int

    /// A box between the given edges. Any value of an edge is allowed: what lies outside of the picture is not drawn.
    public init(xmin: Float, ymin: Float, xmax: Float, ymax: Float, label: String, colorIndex: Int) {
        self.xmin = xmin
        self.ymin = ymin
        self.xmax = xmax
        self.ymax = ymax
        self.label = label
        self.colorIndex = colorIndex
    }
}
