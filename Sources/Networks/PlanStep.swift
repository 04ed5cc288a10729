/// One layer of a plan, ready to run.
struct PlanStep {
    /// The layer of the network it stands for (the last, where several became one).
    let layer: Int
    /// What runs.
    let kernel: PlanKernel
    /// Indices of the tensors it reads, and of the one it writes.
    let inputs: [Int]
    let output: Int
    /// Output pixels of one image.
    let pixels: Int
    /// How its pixels and channels may be cut between threads.
    let division: WorkDivision
    /// Bytes of scratch memory a thread needs.
    let scratchSize: Int
    /// A rough time for one image on one thread in nanoseconds: whether splitting it is worth waking a thread.
    let nanoseconds: Int
}
