import CKernels
import Engine
import Networks

extension Activation {
    /// The kernels' function for one of which the derivative follows from its result, so that what it is computed from is
    /// not kept; nil for the others.
    var functionOfResult: ck_activation? {
        switch self {
        case .none, .relu, .relu6: kernel
        case .hardSwish, .hardSigmoid, .sigmoid: nil
        }
    }
}
