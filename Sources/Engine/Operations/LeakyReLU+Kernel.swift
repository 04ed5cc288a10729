import CKernels
import Networks

extension LeakyReLU: ComputedElementwise {
    func run(_ isa: ck_isa, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
        ck_leaky_relu_f32(isa, input, slope, output, count)
    }
}
