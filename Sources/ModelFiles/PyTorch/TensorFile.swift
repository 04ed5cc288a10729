/// A file of named tensors.
package protocol TensorFile: Sendable {
    /// The file.
    var bytes: [UInt8] { get }
    /// The names of its tensors of floats.
    var tensorNames: [String] { get }
    /// The tensor of floats of a name; nil if there is none.
    func tensor(_ name: String) -> TorchTensor?
}

extension TensorFile {
    /// The elements of a tensor of this file, the last extent varying fastest.
    package func floats(of tensor: TorchTensor) -> [Float] { tensor.floats(in: bytes) }
}
