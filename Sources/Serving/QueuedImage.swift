import MultiBox
import Engine

/// An image that waits for its batch.
struct QueuedImage: Sendable {
    let input: InferenceInput
    let options: DetectionOptions
    let seat: QueueSeat
}

/// What the engine found in an image, and how long its batch took.
struct ImageDetections: Sendable {
    let detections: [Detection]
    let inference: Duration
    let postprocess: Duration
}
