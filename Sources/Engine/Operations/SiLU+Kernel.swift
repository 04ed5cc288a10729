import CKernels
import Networks

extension SiLU: ComputedElementwise {
    func run(_ isa: ck_isa, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
        ck_silu_f32(isa, input, output, count)
    }
}
