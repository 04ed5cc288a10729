/// A value of a pickle. Containers, storages and tensors are indices into the machine that made them, so that no value
/// owns another: shared and cyclic ones need no thought, and nothing is freed recursively.
enum PickleValue: Equatable {
    case none
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    /// A list, a tuple or a set of arguments.
    case sequence(Int)
    case dictionary(Int)
    /// A class or function by its name; one of those that are allowed.
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
}
