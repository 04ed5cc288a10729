import ArgumentParser
import Engine
import Networks
import Settings

/// The arithmetic of a network.
enum Precision: String, CaseIterable, ExpressibleByArgument, SettingValue {
    /// The model's own if it is quantized, else single precision.
    case auto
    /// Single precision.
    case fp32
    /// Products of bfloat16 where they are faster than those of single precision, which is used elsewhere.
    case bf16
    /// Quantized to eight bits.
    case int8

    /// The arithmetic of a model's float convolutions.
    ///
    /// - Throws: `Failure` if the model computes otherwise.
    func arithmetic(of model: DetectionModel) throws -> FloatPrecision {
        switch (self, model.precision) {
        case (.auto, _), (.int8, .int8): return .automatic
        case (.fp32, .fp32): return .fp32
        case (.bf16, .fp32): return .bf16
        case (.int8, _):
            throw Failure(
                "\(model.name) computes in \(model.precision); multibox convert --precision int8 makes a model that "
                    + "computes in int8")
        default: throw Failure("\(model.name) computes in \(model.precision), not \(rawValue)")
        }
    }
}
