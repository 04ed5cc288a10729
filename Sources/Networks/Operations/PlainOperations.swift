/// The plain operations that there are, by which model files are read.
package enum PlainOperations {
    /// Their types.
    package static let all: [any PlainOperation.Type] = [
        ELU.self, LeakyReLU.self, Pad.self, PReLU.self, Resize.self, SiLU.self, ZeroInsertion.self,
    ]

    /// The operation of a kind.
    package static func named(_ kind: String) -> (any PlainOperation.Type)? { all.first { $0.kind == kind } }
}
