/// The tensors that an inference answers. `n` are the images of the request, `k` the most objects found in one of them; where an
/// image has fewer, its rows end with boxes and scores of 0 and classes of -1.
enum InferenceOutput: String, Sendable, CaseIterable {
    /// FP32 [n, k, 4]: left, upper, right and lower edge.
    case boxes
    /// FP32 [n, k].
    case scores
    /// INT64 [n, k]: places among the model's labels.
    case classIDs = "class_ids"
    /// INT64 [n].
    case numDetections = "num_detections"

    /// Its datatype in the protocol's words.
    var datatype: String {
        switch self {
        case .boxes, .scores: "FP32"
        case .classIDs, .numDetections: "INT64"
        }
    }

    /// Its shape.
    func shape(images: Int, objects: Int) -> [Int] {
        switch self {
        case .boxes: [images, objects, 4]
        case .scores, .classIDs: [images, objects]
        case .numDetections: [images]
        }
    }
}
