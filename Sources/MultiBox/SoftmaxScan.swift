/// A stretch of score rows to look for confidences in, and where to write what is found.
public struct SoftmaxScan {
    /// Raw scores, `[rows, columns]`.
    public let scores: UnsafePointer<Float>
    /// Columns of a row.
    public let columns: Int
    /// The rows to look at.
    public let rows: Range<Int>
    /// The background's column, if there is one.
    public let background: Int?
    /// The lowest confidence that is wanted.
    public let cut: Float
    /// How far the largest score beside the background's may lie below the largest of its row, as a number below zero.
    public let bound: Float
    /// Room for a row of numbers, and a vector more.
    public let row: UnsafeMutablePointer<Float>
    /// Room for what is found; at least as much as a row may give.
    public let found: UnsafeMutableBufferPointer<Candidate>

    /// A confidence and where it stands.
    public struct Candidate: Sendable {
        /// The confidence.
        public var score: Float
        /// The row.
        public var row: Int32
        /// The column.
        public var column: Int32
    }

    /// Scans until the rows end or there is no room for one more. Returns how many candidates were found, background
    /// among them, and the first row that was not looked at. A row in which a score is NaN or +∞ has none.
    public typealias Function = @Sendable (SoftmaxScan) -> (count: Int, next: Int)

    /// The scan in Swift, compiled for the baseline of the architecture.
    public static let portable: Function = { $0.run() }

    private func run() -> (count: Int, next: Int) {
        var count = 0
        for row in rows {
            guard found.count - count >= columns else { return (count, row) }
            let values = scores + row * columns
            // p_c = 1 / Σ e^(x_j − x_c) ≤ 1 / (1 + e^(x_b − x_c)) for any other column b, here the largest.
            let after = (background ?? -1) + 1
            var wanted = ScoreRow.maximum(values + after, count: columns - after)
            if let background, background > 0 { wanted = max(wanted, ScoreRow.maximum(values, count: background)) }
            let largest = background.map { values[$0] > wanted ? values[$0] : wanted } ?? wanted
            guard wanted - largest >= bound, !ScoreRow.hasNaN(values, count: columns) else { continue }
            let factor = 1 / ScoreRow.exponentials(values, count: columns, minus: largest, into: self.row)
            // The largest score is e⁰ times the factor.
            guard factor * 1.000_01 >= cut else { continue }
            for column in 0..<columns {
                // Which pass, no branch predictor can tell: all are written, and those that do not are written over.
                let score = self.row[column] * factor
                found[count] = Candidate(score: score, row: Int32(row), column: Int32(column))
                count += score >= cut ? 1 : 0
            }
        }
        return (count, rows.upperBound)
    }
}
