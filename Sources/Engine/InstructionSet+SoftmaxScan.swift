import CKernels
import MultiBox

extension InstructionSet {
    /// The scan of score rows with these instructions.
    package var softmaxScan: SoftmaxScan.Function {
        { [kernel] scan in
            var arguments = ck_softmax_scan(
                scores: scan.scores, columns: scan.columns, end: scan.rows.upperBound,
                background: scan.background ?? -1, cut: scan.cut, bound: scan.bound)
            var next = scan.rows.lowerBound
            // Two declarations of one layout: a float and two 32-bit integers.
            let count = scan.found.withMemoryRebound(to: ck_score_candidate.self) { found in
                ck_softmax_candidates_f32(kernel, &arguments, &next, scan.row, found.baseAddress, found.count)
            }
            return (count, next)
        }
    }
}
