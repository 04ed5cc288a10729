import ArgumentParser

/// The arithmetic of a network.
enum Precision: String, CaseIterable, ExpressibleByArgument {
    /// The model's own.
    case auto
    /// Single precision.
    case fp32
    /// Quantized to eight bits.
    case int8
}
