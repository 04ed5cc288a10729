import CKernels
import Networks

extension Activation {
    /// The kernels' function for one of which the derivative follows from its result, so that what it is computed from is
    /// not kept; nil for the others.
    var functionOfResult: ck_activation? {
        switch self {
        case .none: CK_ACTIVATION_NONE
        case .relu: CK_ACTIVATION_RELU
        case .relu6: CK_ACTIVATION_RELU6
        case .hardSwish, .hardSigmoid, .sigmoid: nil
        }
    }
}
