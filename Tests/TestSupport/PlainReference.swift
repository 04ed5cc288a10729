import Networks

/// The plain operations by their definitions, in double precision.
package enum PlainReference {
    /// What an operation makes of a map.
    package static func values(
        _ operation: any PlainOperation, _ input: [Double], _ shape: TensorShape, _ parameters: [[Double]]
    ) -> [Double] {
        switch operation {
        case is PReLU:
            return input.enumerated().map { index, x in x > 0 ? x : x * parameters[0][index % shape.channels] }
        default: preconditionFailure("an operation without a definition here: \(type(of: operation).kind)")
        }
    }
}
