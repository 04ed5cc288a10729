/// Measures of what is drawn, in pixels, for a picture's size.
struct PaintStyle {
    /// Width of an outline.
    let lineWidth: Int
    /// Pixels a cell of the font's grid.
    let letterScale: Float
    /// Room around a label's text.
    let padding: Int
    /// How far text stands below the middle of its strip: of nine rows of dots two are below the baseline and mostly
    /// empty, and capitals shall be in the middle.
    let textDrop: Int

    init(for size: ImageSize) {
        let shorter = Float(min(size.width, size.height))
        lineWidth = max(1, Int((shorter / 220).rounded()))
        letterScale = max(1, shorter / 280)
        padding = max(1, Int((letterScale * 1.5).rounded()))
        textDrop = min(padding, Int(letterScale.rounded()))
    }
}
