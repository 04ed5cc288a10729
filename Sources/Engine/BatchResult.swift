import MultiBox

/// What an engine found in a batch, and how long it took.
public struct BatchResult: Sendable {
    /// The detections of each image, in the order of the inputs.
    public var detections: [[Detection]]
    /// The network's time for the whole batch.
    public var inference: Duration
    /// The time from raw outputs to detections for the whole batch.
    public var postprocess: Duration
}
