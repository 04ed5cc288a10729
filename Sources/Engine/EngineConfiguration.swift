/// How an engine uses the machine.
public struct EngineConfiguration: Sendable {
    /// The instructions that kernels use.
    public var instructionSet: InstructionSet
    /// The arithmetic of float convolutions; quantized ones keep their own.
    public var precision: FloatPrecision
    /// Batches that run at the same time, each with memory of its own.
    public var streams: Int
    /// Threads that share the work of one batch, at most.
    public var threadsPerStream: Int
    /// Threads that compute at once, all streams together, at most: streams that run at the same time share them evenly,
    /// and each has at least one.
    public var threads: Int
    /// Threads that are shared with other engines; nil for threads of its own, as many as is said here.
    public var budget: ThreadBudget?
    /// The most images in a batch.
    public var maximumBatchSize: Int
    /// The most bytes that the engine may take while it is made, `memoryInUse` counted.
    public var maximumMemory = Int.max
    /// Bytes that others hold of `maximumMemory`: an engine that this one is to replace.
    public var memoryInUse = 0

    /// One stream on one thread, the best instructions and single precision, unless said otherwise.
    public init(
        instructionSet: InstructionSet = .best, precision: FloatPrecision = .fp32, streams: Int = 1,
        threadsPerStream: Int = 1, threads: Int = .max, maximumBatchSize: Int = 8
    ) {
        self.instructionSet = instructionSet
        self.precision = precision
        self.streams = streams
        self.threadsPerStream = threadsPerStream
        self.threads = threads
        self.maximumBatchSize = maximumBatchSize
    }
}
