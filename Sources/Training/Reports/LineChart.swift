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
    private static let colors = [
        "#2563eb", "#dc2626", "#16a34a", "#9333ea", "#ea580c", "#0891b2", "#db2777", "#65a30d", "#4b5563", "#b45309",
    ]
    private static let (width, height) = (640.0, 340.0)
    private static let (left, right, top, bottom) = (56.0, 16.0, 40.0, 44.0)

    /// What it shows.
    public var title: String
    /// What is along the bottom.
    public var xTitle: String
    /// The lines; the first ten have colours of their own.
    public var series: [Series]
    /// The range along the bottom; nil for that of the points.
    public var xRange: ClosedRange<Double>?
    /// The range up; nil for one from 0 that has the points.
    public var yRange: ClosedRange<Double>?

    /// A chart from its parts.
    public init(
        title: String, xTitle: String, series: [Series], xRange: ClosedRange<Double>? = nil,
        yRange: ClosedRange<Double>? = nil
    ) {
        self.title = title
        self.xTitle = xTitle
        self.series = series
        self.xRange = xRange
        self.yRange = yRange
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

    /// The drawing, as an element that a page can hold and a file can be.
    public func svg() -> String {
        let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let xs = xRange ?? Self.range(points.map(\.x), from: points.map(\.x).min() ?? 0)
        let ys = yRange ?? Self.range(points.map(\.y), from: 0)
        let plotWidth = Self.width - Self.left - Self.right
        let plotHeight = Self.height - Self.top - Self.bottom
        func x(_ value: Double) -> Double {
            Self.left + (value - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * plotWidth
        }
        func y(_ value: Double) -> Double {
            Self.top + plotHeight - (value - ys.lowerBound) / (ys.upperBound - ys.lowerBound) * plotHeight
        }
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            font-family="system-ui,sans-serif" font-size="12" role="img">
            <title>\(Self.escaped(title))</title>
            <rect width="100%" height="100%" fill="#fff" rx="8"/>
            <text x="\(Self.left)" y="24" font-size="14" font-weight="600" fill="#111827">\(Self.escaped(title))</text>

            """
        for tick in Self.ticks(ys) {
            let at = Self.number(y(tick))
            svg += "<line x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(at)\" y2=\"\(at)\" "
            svg += "stroke=\"#e5e7eb\"/>\n"
            svg += "<text x=\"\(Self.left - 8)\" y=\"\(at)\" dy=\"4\" text-anchor=\"end\" fill=\"#6b7280\">"
            svg += "\(Self.label(tick))</text>\n"
        }
        for tick in Self.ticks(xs) {
            svg += "<text x=\"\(Self.number(x(tick)))\" y=\"\(Self.height - Self.bottom + 18)\" text-anchor=\"middle\" "
            svg += "fill=\"#6b7280\">\(Self.label(tick))</text>\n"
        }
        svg += "<text x=\"\(Self.left + plotWidth / 2)\" y=\"\(Self.height - 8)\" text-anchor=\"middle\" "
        svg += "fill=\"#6b7280\">\(Self.escaped(xTitle))</text>\n"
        for (index, line) in series.enumerated() {
            let path = Self.thinned(line.points).filter { $0.x.isFinite && $0.y.isFinite }
                .map { "\(Self.number(x($0.x))),\(Self.number(y(min(max($0.y, ys.lowerBound), ys.upperBound))))" }
            svg += "<polyline fill=\"none\" stroke=\"\(color(index))\" stroke-width=\"1.8\" stroke-linejoin=\"round\" "
            svg += "points=\"\(path.joined(separator: " "))\"/>\n"
        }
        return svg + legend() + "</svg>\n"
    }

    private func color(_ index: Int) -> String { Self.colors[index % Self.colors.count] }

    /// Names in their colours, from the right edge of the title's line.
    private func legend() -> String {
        guard series.count > 1 || series.first?.name.isEmpty == false else { return "" }
        var svg = "<text x=\"\(Self.width - Self.right)\" y=\"24\" text-anchor=\"end\">"
        for (index, line) in series.prefix(Self.colors.count).enumerated() {
            svg += "<tspan dx=\"\(index == 0 ? 0 : 12)\" fill=\"\(color(index))\" font-weight=\"600\">"
            svg += "\(Self.escaped(line.name))</tspan>"
        }
        return svg + "</text>\n"
    }

    private static func range(_ values: [Double], from lower: Double) -> ClosedRange<Double> {
        let upper = values.max() ?? 1
        return lower...(upper > lower ? upper : lower + 1)
    }

    /// About five round numbers within a range.
    private static func ticks(_ range: ClosedRange<Double>) -> [Double] {
        let rough = (range.upperBound - range.lowerBound) / 5
        let power = pow(10, floor(log10(rough)))
        let step = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough } ?? 10) * power
        let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step + 1e-9).rounded(.down))
        return first <= last ? (Int(first)...Int(last)).map { Double($0) * step } : []
    }

    private static func thinned(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        guard points.count > maximumPoints else { return points }
        return (0..<maximumPoints).map { points[$0 * (points.count - 1) / (maximumPoints - 1)] }
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
