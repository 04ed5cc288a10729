/// The classes and functions that a file of weights may name. None is called: each stands for what it would make.
enum PickleGlobal: Equatable {
    case orderedDictionary
    /// `torch._utils._rebuild_tensor_v2` and its older form without hooks.
    case rebuildTensor
    case rebuildParameter
    case storage(TorchElementType)

    /// The global of this name; nil for any that is not allowed.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        // A file that was saved from a GPU names that GPU's storages in the older format.
        case ("torch", _), ("torch.cuda", _):
            guard let element = TorchElementType(storage: name) else { return nil }
            self = .storage(element)
        default: return nil
        }
    }
}
