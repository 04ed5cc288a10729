/// One layer of a plan, or several that became one, ready to run.
struct PlanStep {
    /// Indices of the layers of the network it stands for, in their order.
    let layers: [Int]
    /// What runs.
    let kernel: PlanKernel
    /// Indices of the tensors it reads, and of the one it writes.
    let inputs: [Int]
    let output: Int
    /// Of float convolutions: the index of the tensor that is added to the result, and of that whose elements the
    /// input's channels are multiplied by.
    var residual: Int?
    var factors: Int?
    /// Output pixels of one image, in ranges of which the work can be done; 1 where it cannot be cut.
    let pixels: Int
    /// How its pixels and channels may be cut between threads.
    let division: WorkDivision
    /// Bytes of scratch memory a thread needs.
    let scratchSize: Int
    /// A rough time for one image on one thread in nanoseconds: whether splitting it is worth waking a thread.
    let nanoseconds: Int
}
