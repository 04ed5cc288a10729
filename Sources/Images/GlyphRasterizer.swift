/// Draws the bitmap font at any size. At a larger size a letter is not made of larger squares: neighbouring dots of its
/// bitmap are joined by strokes with round ends, which are drawn with smooth edges.
struct GlyphRasterizer {
    /// A letter as it is drawn.
    struct Glyph {
        /// How much of each pixel it covers, 0…255, rows of `width`.
        var coverage: [UInt8]
        /// Columns from it to the next letter, in pixels.
        var width: Int
    }

    /// Rows of a letter, in pixels.
    let height: Int

    private let scale: Float
    private var cache: [Character: Glyph] = [:]

    /// Letters at `scale` pixels a dot.
    init(scale: Float) {
        self.scale = scale
        height = Int((Float(GlyphFont.rows) * scale).rounded())
    }

    /// A letter, `height` rows high.
    mutating func glyph(of character: Character) -> Glyph {
        if let known = cache[character] { return known }
        let drawn = rasterize(GlyphFont.bitmap(of: character))
        cache[character] = drawn
        return drawn
    }

    /// The columns of a text, in pixels.
    mutating func width(of text: Substring) -> Int { text.reduce(0) { $0 + glyph(of: $1).width } }

    /// Letters take the columns that they have dots in and a gap, so that all gaps look alike.
    private func rasterize(_ bitmap: [UInt8]) -> Glyph {
        let columns = GlyphFont.columns(of: bitmap)
        let first = Float(columns.lowerBound)
        let width = Int((Float(columns.count + 1) * scale).rounded())
        let strokes = Self.strokes(bitmap)
        var coverage = [UInt8](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                // The pixel's centre in dots; dot (0, 0) has its centre half a gap and half a dot from the corner.
                let point = SIMD2(Float(x) + 0.5, Float(y) + 0.5) / scale - SIMD2(1 - first, 0.5)
                var nearest = Float.infinity
                for stroke in strokes { nearest = min(nearest, stroke.squaredDistance(to: point)) }
                // A stroke is a dot wide; its edge is one pixel of transition.
                let share = (0.56 - nearest.squareRoot()) * scale + 0.5
                coverage[y * width + x] = UInt8((min(max(share, 0), 1) * 255).rounded())
            }
        }
        return Glyph(coverage: coverage, width: width)
    }

    private struct Stroke {
        let from: SIMD2<Float>
        let along: SIMD2<Float>

        func squaredDistance(to point: SIMD2<Float>) -> Float {
            let offset = point - from
            let squaredLength = (along * along).sum()
            let share = squaredLength > 0 ? min(max((offset * along).sum() / squaredLength, 0), 1) : 0
            let gap = offset - share * along
            return (gap * gap).sum()
        }
    }

    /// Joins of neighbouring dots. Two dots at a diagonal are joined only where no dot beside both joins them already,
    /// so that a corner stays a corner.
    private static func strokes(_ bitmap: [UInt8]) -> [Stroke] {
        func has(_ x: Int, _ y: Int) -> Bool {
            x >= 0 && x < GlyphFont.columns && y >= 0 && y < bitmap.count
                && bitmap[y] >> (GlyphFont.columns - 1 - x) & 1 == 1
        }
        var strokes: [Stroke] = []
        for y in 0..<bitmap.count {
            for x in 0..<GlyphFont.columns where has(x, y) {
                let from = SIMD2(Float(x), Float(y))
                strokes.append(Stroke(from: from, along: .zero))
                if has(x + 1, y) { strokes.append(Stroke(from: from, along: SIMD2(1, 0))) }
                if has(x, y + 1) { strokes.append(Stroke(from: from, along: SIMD2(0, 1))) }
                for step in [1, -1] where has(x + step, y + 1) && !has(x + step, y) && !has(x, y + 1) {
                    strokes.append(Stroke(from: from, along: SIMD2(Float(step), 1)))
                }
            }
        }
        return strokes
    }
}
