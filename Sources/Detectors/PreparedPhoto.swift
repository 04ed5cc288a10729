import Engine
import Images

/// A photo that the network can be run on.
public struct PreparedPhoto: Sendable {
    /// The network's input.
    public let input: InferenceInput
    /// The size of the photo itself, upright.
    public let size: ImageSize
    /// What was forgiven of its file.
    public let warnings: [ImageWarning]
    /// The time from bytes to input.
    public let duration: Duration

    init(input: InferenceInput, size: ImageSize, warnings: [ImageWarning] = [], duration: Duration) {
        self.input = input
        self.size = size
        self.warnings = warnings
        self.duration = duration
    }
}
