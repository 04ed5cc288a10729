/// x where it is positive, else x times the channel's slope, which is learned (He et al. 2015, arXiv 1502.01852, equation 1).
package struct PReLU: PlainOperation {
    package static let kind = "prelu"
    package static let roles = [ParameterRole.channelwise(suffix: "slope", initial: 0.25)]

    package var parameters: [ParameterID] = []
    package var keepsQuantization: Bool { false }

    package init() {}

    package func shape(of input: TensorShape, layer: String) throws(NetworkError) -> TensorShape { input }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {}

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) {}
}

extension NetworkBuilder {
    /// Adds a rectifier whose slopes below 0 are given, one a channel.
    package mutating func prelu(
        _ x: TensorID, slopes: [Float], element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        try plain(x, PReLU(), parameters: [slopes], element: element, name: name)
    }
}
