/// What an exported ONNX graph gives for a photo. Boxes are shares of the photo's sides: left, top, right, bottom.
public enum ONNXOutputs: String, Sendable, CaseIterable {
    /// The detections, after suppression, best first: `boxes` [detections, 4], `labels` [detections] of 64-bit integers (the
    /// class's place among the labels) and `scores` [detections], as torchvision's detectors have them.
    case detections
    /// A box and confidences for each default box, before suppression: `boxes` [1, N, 4] and `scores` [1, N, classes], the
    /// background among the classes where there is one.
    case boxes
    /// What the network makes: `locations` [1, N, 4], the raw offsets from the default boxes, and `scores` [1, N, classes]
    /// before what makes confidences of them.
    case raw
}
