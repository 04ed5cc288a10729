import Platform

/// x / (1 + e⁻ˣ), which is called SiLU or swish (Elfwing et al. 2018, arXiv 1702.03118, equation 2).
package struct SiLU: ElementwiseOperation {
    package static let kind = "silu"

    package var parameters: [ParameterID] = []

    package init() {}

    package func value(_ x: Float) -> Float { Float(Double(x) / (1 + exp(-Double(x)))) }

    /// s + x · s · (1 − s) with s = 1 / (1 + e⁻ˣ).
    package func slope(_ x: Float) -> Float {
        let s = 1 / (1 + exp(-Double(x)))
        return Float(s + Double(x) * s * (1 - s))
    }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {}

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) {}
}
