import Images
import MultiBox

/// Where a part of a photo lies in it.
package struct TileFrame: Sendable, Hashable {
    /// Its columns of pixels.
    package let columns: Range<Int>
    /// Its rows of pixels.
    package let rows: Range<Int>
    /// The size of the whole photo.
    package let photo: ImageSize

    package init(columns: Range<Int>, rows: Range<Int>, photo: ImageSize) {
        (self.columns, self.rows, self.photo) = (columns, rows, photo)
    }

    /// Its size in pixels.
    package var size: ImageSize { ImageSize(width: columns.count, height: rows.count) }

    /// Its share of the photo's area.
    var area: Float {
        Float(columns.count) / Float(photo.width) * (Float(rows.count) / Float(photo.height))
    }

    /// A box of the part, clipped to it, as a box of the photo.
    package func inPhoto(_ box: CornerBox) -> CornerBox {
        let box = box.clipped()
        let (width, height) = (Float(photo.width), Float(photo.height))
        func x(_ share: Float) -> Float { (Float(columns.lowerBound) + share * Float(columns.count)) / width }
        func y(_ share: Float) -> Float { (Float(rows.lowerBound) + share * Float(rows.count)) / height }
        return CornerBox(xmin: x(box.xmin), ymin: y(box.ymin), xmax: x(box.xmax), ymax: y(box.ymax))
    }

    /// Whether a box of the part ends at an edge of it behind which the photo goes on: what is seen there is cut.
    func cuts(_ box: CornerBox) -> Bool {
        let margin = TileMerger.edgeMargin
        return (box.xmin <= margin && columns.lowerBound > 0)
            || (box.ymin <= margin && rows.lowerBound > 0)
            || (box.xmax >= 1 - margin && columns.upperBound < photo.width)
            || (box.ymax >= 1 - margin && rows.upperBound < photo.height)
    }
}
