/// Where the service is in its life; phases only follow each other in this order.
public enum ServicePhase: String, Sendable, Hashable, CaseIterable {
    /// There is no model yet: alive, not ready, no detection.
    case loading
    /// The model is warm.
    case ready
    /// The process has been told to end: not ready, so that no new clients are sent here, but still serving.
    case draining
    /// No detection is taken any more; those in progress are finished.
    case stopped
}
