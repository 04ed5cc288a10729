/// Where a request with images spent its time; of several images, the longest of each stage.
public struct StageTimes: Sendable, Hashable {
    /// From bytes to the network's input.
    public var decode: Duration
    /// Waiting for a worker and for a batch.
    public var queue: Duration
    /// The network's run over the batch.
    public var inference: Duration
    /// From the network's outputs to detections, for the batch.
    public var postprocess: Duration

    /// Times of these stages.
    public init(
        decode: Duration = .zero, queue: Duration = .zero, inference: Duration = .zero, postprocess: Duration = .zero
    ) {
        self.decode = decode
        self.queue = queue
        self.inference = inference
        self.postprocess = postprocess
    }

    /// The longer of each stage.
    mutating func formMaximum(_ other: StageTimes) {
        decode = max(decode, other.decode)
        queue = max(queue, other.queue)
        inference = max(inference, other.inference)
        postprocess = max(postprocess, other.postprocess)
    }
}
