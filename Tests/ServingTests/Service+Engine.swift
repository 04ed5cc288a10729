import Engine
import Platform
import TestSupport

extension Service {
    /// The classes of the detector in it: a name to be escaped, and one that there is not.
    static let classes: [String?] = [nil, "red", "green", "sky \"blue\"", nil]

    /// The detector of colours, called `tiny`.
    static func engine(
        name: String = "tiny", streams: Int = 1, channels: ChannelOrder = .rgb, classes: [String?] = classes
    ) throws -> InferenceEngine {
        var model = try ColorDetector.model(name: name, channels: channels, classes: classes)
        model.provenance = [("licence", "none \\ any")]
        return try InferenceEngine(
            model: model, configuration: EngineConfiguration(streams: streams, maximumBatchSize: 8))
    }
}
