/// x where it is positive, else x times one slope, which is not learned (Maas et al. 2013, "Rectifier Nonlinearities Improve
/// Neural Network Acoustic Models", equation 2).
package struct LeakyReLU: ElementwiseOperation {
    package static let kind = "leaky_relu"

    /// The slope below 0; finite.
    package var slope: Float
    package var parameters: [ParameterID] = []

    package init(slope: Float = 0.01) { self.slope = slope }

    package func value(_ x: Float) -> Float { x > 0 ? x : x * slope }

    package func slope(_ x: Float) -> Float { x > 0 ? 1 : slope }

    package func validate(layer: String) throws(NetworkError) {
        guard slope.isFinite else {
            throw .invalidParameter(layer: layer, parameter: "slope", reason: "is not finite")
        }
    }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {
        slope = try fields.float("slope")
    }

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) { fields.float("slope", slope) }
}
