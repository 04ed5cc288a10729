import Foundation

/// A drawn picture like a stained blood smear under a microscope: `Fixtures/blood-smear.jpg` is this, as a JPEG.
///
/// It is no photo: it shows what the built-in detector is for, where a photo of somebody's blood would need a licence.
public enum BloodSmear {
    /// A kind of cell.
    public enum Kind: String, Sendable {
        case red = "RBC"
        case white = "WBC"
        case platelet = "Platelets"
    }

    /// A cell: an ellipse in pixels, turned by an angle in radians.
    public struct Cell: Sendable {
        /// What it is.
        public let kind: Kind
        let x: Double, y: Double, radiusX: Double, radiusY: Double, angle: Double

        /// The box around it, xmin, ymin, xmax, ymax.
        public var box: [Double] {
            let (c, s) = (cos(angle), sin(angle))
            let halfWidth = (radiusX * radiusX * c * c + radiusY * radiusY * s * s).squareRoot()
            let halfHeight = (radiusX * radiusX * s * s + radiusY * radiusY * c * c).squareRoot()
            return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight]
        }
    }

    /// The picture's width, in pixels.
    public static let width = 640
    /// The picture's height, in pixels.
    public static let height = 480

    /// The cells.
    public static let cells: [Cell] =
        [
            (Kind.red, 96.0, 90.0, 52.0, 48.0, 0.2), (.red, 228, 74, 50, 52, 0), (.red, 372, 82, 54, 47, 0.5),
            (.red, 540, 78, 49, 52, 0.9), (.red, 84, 236, 50, 53, 0.3), (.red, 210, 214, 52, 48, 1.0),
            (.red, 122, 384, 53, 49, 0.4), (.red, 262, 372, 50, 52, 0.1), (.red, 556, 236, 51, 49, 0.7),
            (.red, 566, 384, 52, 50, 0.2), (.white, 404, 282, 84, 80, 0.3), (.platelet, 302, 152, 17, 15, 0.4),
            (.platelet, 468, 144, 15, 17, 0.1), (.platelet, 190, 300, 16, 15, 0.8),
        ].map { Cell(kind: $0.0, x: $0.1, y: $0.2, radiusX: $0.3, radiusY: $0.4, angle: $0.5) }

    /// The pixels, three bytes each, row by row.
    public static func pixels() -> [UInt8] {
        var random = SeededGenerator(seed: 2026)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for row in 0..<height {
            for column in 0..<width {
                let (x, y) = (Double(column), Double(row))
                let light = 1 - 0.05 * hypot(x / Double(width) - 0.5, y / Double(height) - 0.5)
                var color = SIMD3(206.0, 207, 196) * light
                for cell in cells { paint(cell, x, y, &color) }
                let grain = Double.random(in: -3...3, using: &random)
                for channel in 0..<3 { pixels.append(UInt8(min(max(color[channel] + grain, 0), 255))) }
            }
        }
        return pixels
    }

    private static func paint(_ cell: Cell, _ x: Double, _ y: Double, _ color: inout SIMD3<Double>) {
        let (dx, dy) = (x - cell.x, y - cell.y)
        guard hypot(dx, dy) < 1.3 * max(cell.radiusX, cell.radiusY) else { return }
        let (c, s) = (cos(cell.angle), sin(cell.angle))
        let (u, v) = ((dx * c + dy * s) / cell.radiusX, (dy * c - dx * s) / cell.radiusY)
        let turn = atan2(v, u)
        // Outlines are not quite ellipses.
        let radius = hypot(u, v) * (1 + 0.025 * sin(3 * turn + cell.x) + 0.015 * sin(5 * turn + cell.y))
        func blend(_ other: SIMD3<Double>, _ share: Double) { color += (other - color) * min(max(share, 0), 1) }
        /// 1 inside, 0 outside, with an edge of `softness`.
        func inside(_ distance: Double, _ softness: Double) -> Double {
            min(max((1 - distance) / softness + 0.5, 0), 1)
        }
        switch cell.kind {
        case .red:
            blend(SIMD3(186, 143, 136), inside(radius, 0.07) * 0.95)
            // The dent in the middle is paler, the rim darker.
            blend(SIMD3(206, 181, 174), max(0, 1 - radius * radius * 2.6) * 0.8)
            blend(SIMD3(164, 116, 118), exp(-pow((radius - 0.93) / 0.05, 2)) * 0.5)
        case .white:
            blend(SIMD3(190, 160, 208), inside(radius, 0.06) * 0.9)
            for lobe in [(-0.34, -0.26, 0.42), (0.3, -0.34, 0.36), (0.34, 0.3, 0.4), (-0.22, 0.36, 0.34)] {
                let distance = hypot(u - lobe.0, v - lobe.1) / lobe.2
                blend(SIMD3(92, 58, 206), inside(distance, 0.25) * 0.95)
            }
        case .platelet:
            blend(SIMD3(120, 116, 184), inside(radius, 0.5) * 0.85)
        }
    }
}
