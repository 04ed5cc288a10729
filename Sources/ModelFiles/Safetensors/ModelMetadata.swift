/// The texts of a model file's metadata, by name. Those with structure are JSON.
enum ModelMetadata {
    /// The version of all that follows; its presence makes a safetensors file a model of ours.
    static let formatVersion = "multibox_format"
    /// The version that is written, and the only one that is read.
    static let currentVersion = "1"

    static let name = "name"
    static let architecture = "architecture"
    static let provenance = "provenance"
    static let labels = "labels"
    static let preprocessing = "preprocessing"
    static let network = "network"
    static let outputs = "outputs"
    static let defaultBoxes = "default_boxes"
    static let boxCoder = "box_coder"
    static let detectionOutput = "detection_output"

    /// The tensor of default boxes that do not follow from a configuration: cx, cy, w and h of each.
    static let defaultBoxTensor = "default_boxes"

    /// The largest name, in bytes of UTF-8.
    static let maximumNameBytes = 256
}
