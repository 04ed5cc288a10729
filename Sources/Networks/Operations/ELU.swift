import Platform

/// x where it is positive, else α · (eˣ − 1) (Clevert et al. 2016, arXiv 1511.07289, equation 1).
package struct ELU: ElementwiseOperation {
    package static let kind = "elu"

    /// α; finite.
    package var alpha: Float
    package var parameters: [ParameterID] = []

    package init(alpha: Float = 1) { self.alpha = alpha }

    package func value(_ x: Float) -> Float { x > 0 ? x : alpha * Float(exp(Double(x)) - 1) }

    package func slope(_ x: Float) -> Float { x > 0 ? 1 : alpha * Float(exp(Double(x))) }

    package func validate(layer: String) throws(NetworkError) {
        guard alpha.isFinite else {
            throw .invalidParameter(layer: layer, parameter: "alpha", reason: "is not finite")
        }
    }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {
        alpha = try fields.float("alpha")
    }

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) { fields.float("alpha", alpha) }
}
