/// The memory of an engine, in bytes, known before any is taken. A model's file has a say in all of it.
///
/// Sums stay far below what an integer holds: the largest tensor has 2³⁰ bytes, and an engine at most 2²⁰ threads.
public struct EngineMemory: Sendable, Hashable {
    /// The model's parameters, which are packed and then let go.
    public let parameters: Int
    /// The packed weights and tables, which all streams share.
    public let weights: Int
    /// The tensors of one image of a batch.
    public let arena: Int
    /// All that a stream has, for its batch and its threads.
    public let stream: Int
    /// The inputs of photos that are kept, one for each place in a batch and one batch more.
    public let inputs: Int
    /// Streams.
    public let streams: Int
    /// Images in a batch.
    public let batchSize: Int

    /// - Parameters:
    ///   - inputSize: of one photo.
    ///   - postProcessing: what a stream has for it.
    init(_ plan: PlanMemory, inputSize: Int, postProcessing: Int, configuration: EngineConfiguration) {
        parameters = plan.parameters
        weights = plan.weights + plan.tables
        arena = plan.arena
        streams = configuration.streams
        batchSize = configuration.maximumBatchSize
        stream =
            configuration.maximumBatchSize * (plan.arena + plan.pointers)
            + configuration.threadsPerStream * plan.scratch + postProcessing
        inputs = configuration.maximumBatchSize * (configuration.streams + 1) * inputSize
    }

    /// What the engine holds as long as it lives.
    public var held: Int { weights + streams * stream + inputs }

    /// What it takes at most while it is made.
    public var peak: Int { parameters + held }

    /// What is needed, as the beginning of a sentence: “the model needs 10 bytes with batches of 8 on 2 streams”.
    public func need(inUse: Int) -> String {
        "the model needs \(peak) bytes with batches of \(batchSize) on \(streams) stream\(streams == 1 ? "" : "s")"
            + (inUse == 0 ? "" : ", beside \(inUse) of the model in service")
    }
}
