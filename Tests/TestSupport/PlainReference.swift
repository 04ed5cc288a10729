import Networks

/// The plain operations by their definitions, in double precision.
package enum PlainReference {
    /// What an operation makes of a map.
    package static func values(
        _ operation: any PlainOperation, _ input: [Double], _ shape: TensorShape, _ parameters: [[Double]]
    ) -> [Double] {
        switch operation {
        default: preconditionFailure("an operation without a definition here: \(type(of: operation).kind)")
        }
    }
}
