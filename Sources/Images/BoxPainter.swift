/// Draws labelled boxes on a picture: an outline, and a strip with the label at one of its edges, where it hides no other
/// label, in the colour of the box's index. Lines and letters grow with the picture, so that they look the same on a thumbnail and on a poster.
///
/// Nothing is drawn outside of the picture, whatever the boxes are.
public struct BoxPainter: Sendable {
    /// Longer labels are cut, in characters.
    static let maximumLabelLength = 64

    /// A painter.
    public init() {}

    /// Draws `boxes` on `image`, each over the ones before it, and labels over all of them; the last box has the first
    /// choice of a place for its label.
    public func paint(_ boxes: [LabelledBox], on image: inout PixelImage) {
        let style = PaintStyle(for: image.size)
        var canvas = Canvas(size: image.size)
        var glyphs = GlyphRasterizer(scale: style.letterScale)
        image.withPixels { pixels in
            canvas.pixels = pixels
            let visible = boxes.compactMap { box in PixelEdges(box, in: canvas.size).map { (box, $0) } }
            for (box, edges) in visible {
                paintOutline(edges, LabelColor(index: box.colorIndex), style, &canvas)
            }
            var placer = LabelPlacer(size: canvas.size)
            var labels: [(text: Substring, color: LabelColor, area: LabelPlacer.Area)] = []
            for (box, edges) in visible.reversed() where !box.label.isEmpty {
                let text = box.label.prefix(Self.maximumLabelLength)
                let area = placer.place(
                    width: glyphs.width(of: text) + 2 * style.padding, height: glyphs.height + 2 * style.padding,
                    at: edges)
                labels.append((text, LabelColor(index: box.colorIndex), area))
            }
            for label in labels.reversed() {
                paintLabel(label.text, label.color, label.area, style, &glyphs, &canvas)
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

    private func paintLabel(
        _ text: Substring, _ color: LabelColor, _ area: LabelPlacer.Area, _ style: PaintStyle,
        _ glyphs: inout GlyphRasterizer, _ canvas: inout Canvas
    ) {
        canvas.fill(area.left..<area.left + area.width, area.top..<area.top + area.height, color.fill)
        var x = area.left + style.padding
        for character in text {
            let glyph = glyphs.glyph(of: character)
            canvas.blend(
                glyph.coverage, width: glyph.width, atX: x, y: area.top + style.padding + style.textDrop, color.text)
            x += glyph.width
        }
    }
}
