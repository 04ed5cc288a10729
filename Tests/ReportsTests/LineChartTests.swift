import Reports
import Testing

/// Charts: what is drawn of lines that leave the plot.
@Suite struct LineChartTests {
    /// The points of each line that is drawn.
    private func lines(_ points: [SIMD2<Double>], counts: Bool = false) -> (lines: [[[Double]]], marks: Int) {
        let chart = LineChart(
            title: "Loss", xTitle: "step", series: [.init(name: "one", points: points)], xRange: 0...4, yRange: 0...10,
            countsAlong: counts)
        let svg = chart.svg()
        let lines = svg.matches(of: /points="([^"]*)"/).map { match in
            match.output.1.split(separator: " ").map { $0.split(separator: ",").compactMap { Double($0) } }
        }
        return (lines, svg.matches(of: /<circle/).count)
    }

    @Test func `a line is drawn as far as it is in the plot, and goes over the edge where it does`() throws {
        let inside = try #require(lines([[0, 10], [2, 5], [4, 0]]).lines.first)
        let (left, top) = (inside[0][0], inside[0][1])
        let (middle, right, bottom) = (inside[1][0], inside[2][0], inside[2][1])
        #expect(inside.count == 3 && left < middle && middle < right && top < bottom)
        // From 20 to 0: half of the way is above.
        #expect(lines([[0, 20], [4, 0]]).lines == [[[middle, top], [right, bottom]]])
        #expect(lines([[0, 0], [4, 20]]).lines == [[[left, bottom], [middle, top]]])
        // There and back: two parts, neither along the edge.
        let parts = lines([[0, 0], [2, 20], [4, 0]], counts: true)
        #expect(parts.lines.count == 2 && parts.marks == 2)
        #expect(parts.lines.allSatisfy { $0.count == 2 })
        #expect(parts.lines[0][1][0] < middle && parts.lines[1][0][0] > middle)
        // Below too; and where all is beyond, there is nothing.
        #expect(lines([[0, 5], [2, -5], [4, 5]]).lines.count == 2)
        #expect(lines([[0, 20], [4, 30]]).lines.isEmpty)
    }

    @Test func `what is no number is left out`() {
        #expect(lines([[0, 1], [1, .nan], [2, .infinity], [3, 2]]).lines.map(\.count) == [2])
    }
}
