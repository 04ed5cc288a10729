/// One step of an engine's run, for people.
public struct EngineStep: Sendable {
    /// The layer's name in the model file.
    public let name: String
    /// What it does.
    public let kind: String
    /// The shape of what it makes, for one image.
    public let output: TensorShape
    /// Multiply-adds for one image; 0 where there are none.
    public let multiplyAdds: Int
}
