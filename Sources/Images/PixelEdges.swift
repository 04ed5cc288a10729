/// A box's edges as whole pixels inside a picture.
struct PixelEdges {
    let left: Int
    let top: Int
    let right: Int
    let bottom: Int

    /// The part of `box` within a picture of `size`; nil if there is none, or if an edge is not a number.
    init?(_ box: LabelledBox, in size: ImageSize) {
        guard !box.xmin.isNaN, !box.ymin.isNaN, !box.xmax.isNaN, !box.ymax.isNaN,
            box.xmin <= box.xmax, box.ymin <= box.ymax,
            box.xmax >= 0, box.ymax >= 0, box.xmin < Float(size.width), box.ymin < Float(size.height)
        else { return nil }
        // Clamped as floats, so that the conversion cannot overflow; a box is never thinner than a pixel.
        func edge(_ value: Float, _ limit: Int) -> Int { Int(min(max(value.rounded(), 0), Float(limit))) }
        left = min(edge(box.xmin, size.width), size.width - 1)
        top = min(edge(box.ymin, size.height), size.height - 1)
        right = max(edge(box.xmax, size.width), left + 1)
        bottom = max(edge(box.ymax, size.height), top + 1)
    }
}
