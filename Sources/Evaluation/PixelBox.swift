import MultiBox

/// A box in continuous pixel coordinates, in double precision, by its upper left corner and extent: COCO's form.
///
/// A reader of Pascal VOC's 1-based inclusive corners makes x = xmin − 1 and width = xmax − xmin + 1 of them; overlaps are
/// then those of the VOC development kit, which counts a pixel more in each direction.
public struct PixelBox: Sendable, Hashable {
    /// The left edge.
    public var x: Double
    /// The top edge.
    public var y: Double
    /// The horizontal extent.
    public var width: Double
    /// The vertical extent.
    public var height: Double

    /// A box from its corner and extent.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// A normalised box on an image of a size in pixels.
    public init(_ box: CornerBox, imageWidth: Int, imageHeight: Int) {
        let (w, h) = (Double(imageWidth), Double(imageHeight))
        self.init(
            x: Double(box.xmin) * w, y: Double(box.ymin) * h, width: (Double(box.xmax) - Double(box.xmin)) * w,
            height: (Double(box.ymax) - Double(box.ymin)) * h)
    }

    /// Width times height, in square pixels.
    public var area: Double { width * height }

    /// Whether every number is finite and no extent negative.
    public var isValid: Bool {
        x.isFinite && y.isFinite && width.isFinite && height.isFinite && width >= 0 && height >= 0
    }

    /// The area shared with another box.
    public func intersection(_ other: PixelBox) -> Double {
        let overlapWidth = min(x + width, other.x + other.width) - max(x, other.x)
        let overlapHeight = min(y + height, other.y + other.height) - max(y, other.y)
        return overlapWidth > 0 && overlapHeight > 0 ? overlapWidth * overlapHeight : 0
    }

    /// The overlap with a ground truth as the COCO code measures it: shared area over united area or, for a crowd, over
    /// the area of this box; 0 where nothing is shared.
    public func overlap(withTruth truth: PixelBox, isCrowd: Bool = false) -> Double {
        let shared = intersection(truth)
        guard shared > 0 else { return 0 }
        return shared / (isCrowd ? area : area + truth.area - shared)
    }
}
