/// Draws labelled boxes on a picture: an outline, and a strip with the label at its upper edge, in the colour of the
/// box's index. Lines and letters grow with the picture, so that they look the same on a thumbnail and on a poster.
///
/// Nothing is drawn outside of the picture, whatever the boxes are.
public struct BoxPainter: Sendable {
    /// Longer labels are cut, in characters.
    static let maximumLabelLength = 64

    /// A painter.
    public init() {}

    /// Draws `boxes` on `image`, each over the ones before it.
    public func paint(_ boxes: [LabelledBox], on image: inout PixelImage) {
        let style = PaintStyle(for: image.size)
        var canvas = Canvas(size: image.size)
        var glyphs = GlyphRasterizer(scale: style.letterScale)
        image.withPixels { pixels in
            canvas.pixels = pixels
            for box in boxes {
                guard let edges = PixelEdges(box, in: canvas.size) else { continue }
                let color = LabelColor(index: box.colorIndex)
                paintOutline(edges, color, style, &canvas)
                if !box.label.isEmpty { paintLabel(box.label, edges, color, style, &glyphs, &canvas) }
            }
        }
    }

    /// Four bars inside the box.
    private func paintOutline(_ box: PixelEdges, _ color: LabelColor, _ style: PaintStyle, _ canvas: inout Canvas) {
        let line = style.lineWidth
        let (left, right) = (min(box.left + line, box.right), max(box.right - line, box.left))
        let (top, bottom) = (min(box.top + line, box.bottom), max(box.bottom - line, box.top))
        canvas.fill(box.left..<box.right, box.top..<top, color.fill)
        canvas.fill(box.left..<box.right, bottom..<box.bottom, color.fill)
        canvas.fill(box.left..<left, box.top..<box.bottom, color.fill)
        canvas.fill(right..<box.right, box.top..<box.bottom, color.fill)
    }

    /// The strip stands on the box if there is room above it, otherwise inside, and moves left rather than out of the
    /// picture.
    private func paintLabel(
        _ label: String, _ box: PixelEdges, _ color: LabelColor, _ style: PaintStyle,
        _ glyphs: inout GlyphRasterizer, _ canvas: inout Canvas
    ) {
        let characters = label.prefix(Self.maximumLabelLength)
        let width = glyphs.advance * characters.count + 2 * style.padding
        let height = glyphs.height + 2 * style.padding
        let left = max(0, min(box.left, canvas.size.width - width))
        let top = box.top >= height ? box.top - height : box.top
        canvas.fill(left..<left + width, top..<top + height, color.fill)
        var x = left + style.padding
        for character in characters {
            let glyph = glyphs.coverage(of: character)
            canvas.blend(glyph, width: glyphs.advance, atX: x, y: top + style.padding + style.textDrop, color.text)
            x += glyphs.advance
        }
    }
}
