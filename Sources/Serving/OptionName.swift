/// The options of a detection.
enum OptionName: String, Sendable, CaseIterable {
    case model
    case threshold
    case iouThreshold = "iou_threshold"
    case maxDetections = "max_detections"
    case classes
    case coordinates
    case format
    case region
    case covers
    case tile
}
