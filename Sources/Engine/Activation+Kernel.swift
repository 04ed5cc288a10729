import CKernels
import Networks

extension Activation {
    /// The kernels' name of it.
    package var kernel: ck_activation {
        switch self {
        case .none: CK_ACTIVATION_NONE
        case .relu: CK_ACTIVATION_RELU
        case .relu6: CK_ACTIVATION_RELU6
        case .hardSwish: CK_ACTIVATION_HARD_SWISH
        case .hardSigmoid: CK_ACTIVATION_HARD_SIGMOID
        case .sigmoid: CK_ACTIVATION_SIGMOID
        }
    }
}
