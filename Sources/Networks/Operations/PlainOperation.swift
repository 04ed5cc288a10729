/// An operation that is complete in itself: it makes one tensor of one tensor, and no pass looks into it. Each room that
/// knows it has one file for it: its definition here, its kernels in `Engine/Operations`, its gradient in
/// `Training/Gradients`.
public protocol PlainOperation: Sendable {
    /// What tables, errors and model files call it: `prelu`.
    static var kind: String { get }
    /// What its parameters are for; each has one value a channel of the input.
    static var roles: [ParameterRole] { get }

    /// Its parameters, in the order of `roles`.
    var parameters: [ParameterID] { get set }
    /// Whether bytes of its result stand for the same reals as those of its input; otherwise it has a quantization of its
    /// own.
    var keepsQuantization: Bool { get }

    /// The shape that it makes of a feature map.
    ///
    /// - Throws: `NetworkError` if it cannot be applied, in the name of `layer`.
    func shape(of input: TensorShape, layer: String) throws(NetworkError) -> TensorShape

    /// Reads what a layer of a model file says beside its inputs, parameters and quantization.
    init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure)
    /// Writes it.
    func write<Fields: OperationFieldWriter>(to fields: inout Fields)
}
