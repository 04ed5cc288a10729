import CKernels
import Foundation
import TestSupport
import Testing

@Suite("The scan of score rows finds the confidences of the definition on every instruction set")
struct SoftmaxScanTests {
    @Test(arguments: 0..<40)
    func randomRows(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let columns = Int.random(in: 2...100, using: &generator), rows = Int.random(in: 1...60, using: &generator)
        let background = seed % 4 == 0 ? -1 : seed % 4 == 1 ? Int.random(in: 0..<columns, using: &generator) : 0
        let cut: Float = oneOf([0.01, 0.1, 0.5, 0.9], using: &generator)
        var scores = (0..<rows * columns).map { _ in Float.random(in: -4...4, using: &generator) }
        for row in 0..<rows where background >= 0 && Int.random(in: 0..<3, using: &generator) > 0 {
            scores[row * columns + background] += 8
        }
        // What a broken network makes.
        let broken = Int.random(in: 0..<rows, using: &generator)
        let harm: Float = oneOf([.nan, .infinity, -.infinity, 1], using: &generator)
        scores[broken * columns + Int.random(in: 0..<columns, using: &generator)] = harm

        for isa in availableIsas {
            let found = candidates(isa, scores, columns: columns, background: background, cut: cut)
            for row in 0..<rows {
                let values = scores[row * columns..<(row + 1) * columns].map(Double.init)
                let inRow = found.filter { Int($0.row) == row }
                guard values.allSatisfy({ $0 < .infinity }) else {
                    #expect(inRow.isEmpty, "\(String(cString: ck_isa_name(isa))): \(harm)")
                    continue
                }
                let largest = values.max() ?? 0
                let sum = values.reduce(0) { $0 + exp($1 - largest) }
                for column in 0..<columns where column != background {
                    let confidence = exp(values[column] - largest) / sum
                    let score = inRow.first { Int($0.column) == column }?.score
                    if confidence > Double(cut) * 1.00001 {
                        #expect(abs(Double(score ?? 0) - confidence) < 2e-6, "\(String(cString: ck_isa_name(isa)))")
                    } else if confidence < Double(cut) * 0.99999 {
                        #expect(score == nil, "\(String(cString: ck_isa_name(isa)))")
                    }
                }
            }
        }
    }

    /// All candidates, found in stretches that have room for little more than a row.
    private func candidates(
        _ isa: ck_isa, _ scores: [Float], columns: Int, background: Int, cut: Float
    ) -> [ck_score_candidate] {
        let rows = GuardedBuffer(scores, filler: 0)
        let exponentials = GuardedBuffer<Float>(count: columns, filledWith: 0)
        let out = GuardedBuffer(
            count: columns + 1, filledWith: ck_score_candidate(score: 0, row: 0, column: 0))
        var scan = ck_softmax_scan(
            scores: UnsafePointer(rows.elements.baseAddress), columns: columns, end: scores.count / columns,
            background: background, cut: cut, bound: min(0, log(cut / (1 - cut)) - 0.001))
        var next = 0
        var found: [ck_score_candidate] = []
        while next < scan.end {
            let count = ck_softmax_candidates_f32(
                isa, &scan, &next, exponentials.elements.baseAddress, out.elements.baseAddress, out.elements.count)
            found += out.elements[..<count]
        }
        return withExtendedLifetime((rows, exponentials, out)) { found }
    }
}
