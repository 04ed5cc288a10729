/// The names of the tensors of a file that a network has taken; one list for whoever builds and whoever looks afterwards.
final class TakenTensors {
    /// The names.
    var names: Set<String> = []
}
