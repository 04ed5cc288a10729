import Networks

/// What of a network does not change while it is trained, by the names of its layers.
public struct FrozenLayers: Sendable, Hashable {
    /// Layers whose parameters stay as they are.
    public private(set) var parameters: Set<String>
    /// Batch normalizations whose running statistics are taken for those of every batch, and stay.
    public var statistics: Set<String>

    /// Nothing is.
    public static let none = FrozenLayers(parameters: [], statistics: [])

    private init(parameters: Set<String>, statistics: Set<String>) {
        self.parameters = parameters
        self.statistics = statistics
    }

    /// The layers with parameters whose names match a pattern.
    ///
    /// - Parameter patterns: Names of layers, with `*` for any letters.
    public init(_ patterns: [String], of network: Network) {
        func matches(_ name: Substring, _ pattern: Substring) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return matches(name, pattern.dropFirst()) || !name.isEmpty && matches(name.dropFirst(), pattern)
            }
            return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
        }
        let owners = Set(network.parameters.all.map(\.description.layer))
        let names = owners.filter { name in patterns.contains { matches(name[...], $0[...]) } }
        self.init(parameters: names, statistics: names)
    }
}
