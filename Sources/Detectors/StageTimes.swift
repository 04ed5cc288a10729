import JSON
import Platform

/// Where an image spent its time; of several images, the longest of each stage.
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

    /// All stages, one after another.
    public var total: Duration { decode + queue + inference + postprocess }

    /// The longer of each stage.
    public mutating func formMaximum(_ other: StageTimes) {
        decode = max(decode, other.decode)
        queue = max(queue, other.queue)
        inference = max(inference, other.inference)
        postprocess = max(postprocess, other.postprocess)
    }

    /// Writes them as the member `timing_ms`.
    ///
    /// - Parameters:
    ///   - total: the time that the client waits for.
    ///   - isQueued: whether images wait where they are from.
    package func write(to json: inout JSONWriter, total: Duration, isQueued: Bool = true) {
        json.name("timing_ms")
        json.object { json in
            json.member("decode", decode.milliseconds, decimals: 3)
            if isQueued { json.member("queue", queue.milliseconds, decimals: 3) }
            json.member("inference", inference.milliseconds, decimals: 3)
            json.member("postprocess", postprocess.milliseconds, decimals: 3)
            json.member("total", total.milliseconds, decimals: 3)
        }
    }
}
