import CKernels
import Networks

extension ELU: ComputedElementwise {
    func run(_ isa: ck_isa, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
        ck_elu_f32(isa, input, alpha, output, count)
    }
}
