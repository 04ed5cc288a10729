/// A box by its corners, in normalised coordinates (the image is the unit square) unless said otherwise.
///
/// `xmin ≤ xmax` and `ymin ≤ ymax` hold for a proper box; a box that breaks this, or has no extent, is degenerate: its
/// area is 0 and it overlaps nothing.
public struct CornerBox: Sendable, Hashable, Codable {
    /// The left edge.
    public var xmin: Float
    /// The top edge.
    public var ymin: Float
    /// The right edge.
    public var xmax: Float
    /// The bottom edge.
    public var ymax: Float

    /// A box from its edges, taken as they are.
    @inlinable
    public init(xmin: Float, ymin: Float, xmax: Float, ymax: Float) {
        self.xmin = xmin
        self.ymin = ymin
        self.xmax = xmax
        self.ymax = ymax
    }

    /// The corners of a centre-form box.
    @inlinable
    public init(_ box: CenterBox) {
        let halfWidth = box.w / 2
        let halfHeight = box.h / 2
        self.init(
            xmin: box.cx - halfWidth, ymin: box.cy - halfHeight, xmax: box.cx + halfWidth, ymax: box.cy + halfHeight)
    }

    /// The horizontal extent, negative if the corners are swapped.
    @inlinable public var width: Float { xmax - xmin }

    /// The vertical extent, negative if the corners are swapped.
    @inlinable public var height: Float { ymax - ymin }

    /// The area, 0 for a degenerate box.
    @inlinable public var area: Float { width > 0 && height > 0 ? width * height : 0 }

    /// Whether every edge is a finite number.
    @inlinable public var isFinite: Bool {
        // A difference with itself is 0 for finite numbers and NaN for the others.
        (xmin - xmin) + (ymin - ymin) + (xmax - xmax) + (ymax - ymax) == 0
    }

    /// The part of the box inside the unit square; a box outside it collapses onto the nearest edge.
    @inlinable
    public func clipped() -> CornerBox {
        CornerBox(
            xmin: min(max(xmin, 0), 1), ymin: min(max(ymin, 0), 1), xmax: min(max(xmax, 0), 1),
            ymax: min(max(ymax, 0), 1))
    }

    /// The area |A ∩ B| that two boxes share; 0 if either is degenerate.
    @inlinable
    public func intersection(_ other: CornerBox) -> Float {
        let overlapWidth = min(xmax, other.xmax) - max(xmin, other.xmin)
        let overlapHeight = min(ymax, other.ymax) - max(ymin, other.ymin)
        return overlapWidth > 0 && overlapHeight > 0 ? overlapWidth * overlapHeight : 0
    }

    /// The Jaccard overlap |A ∩ B| / |A ∪ B|, in 0...1, of continuous boxes (no pixel is added to an extent); 0 if either
    /// is degenerate.
    @inlinable
    public func intersectionOverUnion(_ other: CornerBox) -> Float {
        let areas = (area, other.area)
        guard areas.0 > 0, areas.1 > 0 else { return 0 }
        let intersection = intersection(other)
        return intersection / (areas.0 + areas.1 - intersection)
    }
}
