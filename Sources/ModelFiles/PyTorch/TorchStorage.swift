/// A run of elements that tensors are views of: in the pickle a name and a count, in the file a run of bytes.
struct TorchStorage: Equatable {
    var key: String
    var element: TorchElementType
    /// Elements.
    var count: Int
}
