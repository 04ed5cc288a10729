/// A tensor that an inference request wants to be answered.
struct WantedOutput: Sendable, Equatable {
    let output: InferenceOutput
    /// Whether its data follows the JSON as bytes.
    let isBinary: Bool
}
