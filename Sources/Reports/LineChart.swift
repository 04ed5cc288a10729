import Evaluation
import Foundation

/// A chart of lines as an SVG drawing, for reports.
public struct LineChart: Sendable {
    /// A line and its name.
    public struct Series: Sendable {
        /// What it is.
        public var name: String
        /// Its points, in the order in which they are joined.
        public var points: [SIMD2<Double>]

        /// A line through some points.
        public init(name: String, points: [SIMD2<Double>]) {
            self.name = name
            self.points = points
        }
    }

    /// The most points of a line that are drawn; more would not be seen apart.
    static let maximumPoints = 600
    /// Of what is counted, up to as many points of a line are marked; one alone would not be seen otherwise.
    static let maximumMarks = 40
    private static let colors = [
        "#3b82f6", "#ef4444", "#16a34a", "#9333ea", "#ea580c", "#0891b2", "#db2777", "#65a30d", "#4b5563", "#b45309",
    ]
    private static let quietColor = "#d1d5db"
    private static let (width, plotHeight) = (480.0, 216.0)
    private static let (left, right, top, bottom) = (48.0, 16.0, 38.0, 44.0)
    /// The height of a line of the legend, and about the width of a letter.
    private static let (lineHeight, letterWidth) = (16.0, 7.0)
    /// What is between the legend and the highest number beside the plot.
    private static let legendGap = 6.0

    /// What it shows.
    public var title: String
    /// What is along the bottom.
    public var xTitle: String
    /// The lines; the first ten have colours of their own and are named, the others are grey.
    public var series: [Series]
    /// The range along the bottom; nil for that of the points.
    public var xRange: ClosedRange<Double>?
    /// The range up; nil for one from 0 that has the points.
    public var yRange: ClosedRange<Double>?
    /// Whether what is along the bottom is counted.
    public var countsAlong: Bool

    /// A chart from its parts.
    public init(
        title: String, xTitle: String, series: [Series], xRange: ClosedRange<Double>? = nil,
        yRange: ClosedRange<Double>? = nil, countsAlong: Bool = false
    ) {
        self.title = title
        self.xTitle = xTitle
        self.series = series
        self.xRange = xRange
        self.yRange = yRange
        self.countsAlong = countsAlong
    }

    /// Precision over recall at an overlap of one half, a line a class.
    public static func precisionRecall(_ summary: COCOSummary, name: (_ categoryID: Int) -> String) -> LineChart {
        LineChart(
            title: "Precision over recall, IoU .5", xTitle: "recall",
            series: summary.categories.compactMap { category in
                category.curve().map { curve in
                    Series(
                        name: name(category.categoryID),
                        points: zip(curve.recall, curve.envelope).map { SIMD2($0, $1) })
                }
            }, xRange: 0...1, yRange: 0...1)
    }

    /// The drawing, as an element that a page can hold and a file can be. Its parts have classes, by which a page can
    /// give them other colours: ground, grid, ink, quiet.
    public func svg() -> String {
        let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let xs = xRange ?? Self.range(points.map(\.x), from: points.map(\.x).min() ?? 0)
        let ys = yRange ?? Self.range(points.map(\.y), from: 0)
        let plotWidth = Self.width - Self.left - Self.right
        let names = legend()
        let top = Self.top + (names.isEmpty ? 0 : Double(names.count) * Self.lineHeight + Self.legendGap)
        let base = top + Self.plotHeight
        let height = base + Self.bottom
        func x(_ value: Double) -> Double {
            Self.left + (value - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * plotWidth
        }
        func y(_ value: Double) -> Double {
            base - (value - ys.lowerBound) / (ys.upperBound - ys.lowerBound) * Self.plotHeight
        }
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(height))" \
            font-family="system-ui,sans-serif" font-size="12" role="img">
            <title>\(Self.escaped(title))</title>
            <rect class="ground" width="100%" height="100%" fill="#fff" rx="8"/>
            <text class="ink" x="16" y="24" font-size="14" font-weight="600" fill="#111827">\(Self.escaped(title))</text>

            """
        for (row, line) in names.enumerated() {
            svg += "<text x=\"16\" y=\"\(Self.top + 4 + Double(row) * Self.lineHeight)\">\(line)</text>\n"
        }
        for tick in Self.ticks(ys) {
            let at = Self.number(y(tick))
            svg +=
                "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(at)\" y2=\"\(at)\" "
            svg += "stroke=\"#e5e7eb\"/>\n"
            svg +=
                "<text class=\"quiet\" x=\"\(Self.left - 8)\" y=\"\(at)\" dy=\"4\" text-anchor=\"end\" fill=\"#6b7280\">"
            svg += "\(Self.label(tick))</text>\n"
        }
        for tick in Self.ticks(xs, least: countsAlong ? 1 : 0) {
            svg += "<text class=\"quiet\" x=\"\(Self.number(x(tick)))\" y=\"\(base + 18)\" text-anchor=\"middle\" "
            svg += "fill=\"#6b7280\">\(Self.label(tick))</text>\n"
        }
        svg += "<text class=\"quiet\" x=\"\(Self.left + plotWidth / 2)\" y=\"\(height - 8)\" text-anchor=\"middle\" "
        svg += "fill=\"#6b7280\">\(Self.escaped(xTitle))</text>\n"
        // The first ones last, over the grey ones.
        for (index, line) in series.enumerated().reversed() {
            let finite = Self.thinned(line.points).filter { $0.x.isFinite && $0.y.isFinite }
            for part in Self.cut(finite, to: ys) {
                let path = part.map { "\(Self.number(x($0.x))),\(Self.number(y($0.y)))" }
                svg += "<polyline fill=\"none\" stroke=\"\(color(index))\" stroke-width=\"1.8\" "
                svg += "stroke-linejoin=\"round\" points=\"\(path.joined(separator: " "))\"/>\n"
            }
            if countsAlong, finite.count <= Self.maximumMarks {
                for point in finite where ys.contains(point.y) {
                    svg += "<circle cx=\"\(Self.number(x(point.x)))\" cy=\"\(Self.number(y(point.y)))\" r=\"2.5\" "
                    svg += "fill=\"\(color(index))\"/>\n"
                }
            }
        }
        return svg + "</svg>\n"
    }

    private func color(_ index: Int) -> String { index < Self.colors.count ? Self.colors[index] : Self.quietColor }

    /// Names in their colours, in lines below the title, as the parts of a text.
    private func legend() -> [String] {
        var lines: [String] = []
        var line = ""
        var width = 0.0
        func add(_ name: String, _ color: String) {
            let length = Double(name.count + 2) * Self.letterWidth
            if width > 0, width + length > Self.width - 16 - Self.right {
                lines.append(line)
                (line, width) = ("", 0)
            }
            line += "<tspan dx=\"\(width == 0 ? 0 : 12)\" fill=\"\(color)\" font-weight=\"600\">"
            line += "\(Self.escaped(name))</tspan>"
            width += length
        }
        for (index, line) in series.prefix(Self.colors.count).enumerated() where !line.name.isEmpty {
            add(line.name, color(index))
        }
        if series.count > Self.colors.count { add("\(series.count - Self.colors.count) more", "#6b7280") }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func range(_ values: [Double], from lower: Double) -> ClosedRange<Double> {
        let upper = values.max() ?? 1
        return lower...(upper > lower ? upper : lower + 1)
    }

    /// About five round numbers within a range, at least `least` apart.
    private static func ticks(_ range: ClosedRange<Double>, least: Double = 0) -> [Double] {
        let rough = (range.upperBound - range.lowerBound) / 5
        let power = pow(10, floor(log10(rough)))
        let round = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough } ?? 10) * power
        let step = least > 0 ? max(least, round.rounded(.up)) : round
        let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step + 1e-9).rounded(.down))
        return first <= last ? (Int(first)...Int(last)).map { Double($0) * step } : []
    }

    private static func thinned(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        guard points.count > maximumPoints else { return points }
        return (0..<maximumPoints).map { points[$0 * (points.count - 1) / (maximumPoints - 1)] }
    }

    /// The parts of a line that are within a range, each to where it leaves it: a line that went on along the edge would show
    /// values that are none.
    private static func cut(_ points: [SIMD2<Double>], to range: ClosedRange<Double>) -> [[SIMD2<Double>]] {
        var parts: [[SIMD2<Double>]] = []
        var part: [SIMD2<Double>] = []
        var last: SIMD2<Double>?
        for point in points {
            let (isInside, wasInside) = (range.contains(point.y), last.map { range.contains($0.y) } ?? false)
            if let last, isInside != wasInside {
                let (inside, outside) = isInside ? (point, last) : (last, point)
                let edge = outside.y > range.upperBound ? range.upperBound : range.lowerBound
                let share = (edge - inside.y) / (outside.y - inside.y)
                part.append(SIMD2(inside.x + share * (outside.x - inside.x), edge))
            }
            if isInside {
                part.append(point)
            } else if !part.isEmpty {
                parts.append(part)
                part = []
            }
            last = point
        }
        return part.isEmpty ? parts : parts + [part]
    }

    private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func label(_ value: Double) -> String {
        let rounded = (value * 1e6).rounded() / 1e6
        return rounded == rounded.rounded() && rounded.magnitude < 1e12 ? "\(Int(rounded))" : "\(rounded)"
    }

    /// Text as HTML and SVG write it.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
