import Networks

/// One step of an engine's run, for people.
public struct EngineStep: Sendable {
    /// The layer's name in the model file.
    public let name: String
    /// What it does.
    public let kind: String
    /// What does it: element, method and instruction set, as in `f32/winograd4/avx512`.
    public let method: String
    /// The shape of what it makes, for one image.
    public let output: TensorShape
    /// Multiply-adds for one image; 0 where there are none.
    public let multiplyAdds: Int

    /// The name of layers that became one: what their names begin with up to a point is said once, as in
    /// `bneck2.expand+depthwise+project`.
    static func name(of layers: [String]) -> String {
        var name = layers.first ?? ""
        let prefix = name[..<(name.lastIndex(of: ".").map(name.index(after:)) ?? name.startIndex)]
        for layer in layers.dropFirst() {
            name += "+" + (layer.hasPrefix(prefix) ? layer.dropFirst(prefix.count) : Substring(layer))
        }
        return name
    }
}
