import ArgumentParser
import Quantization

/// How `--range` says that ranges are chosen.
enum RangeChoice: String, CaseIterable, ExpressibleByArgument {
    /// In whichever way the photos' detections change least.
    case auto
    case percentile, entropy, minmax

    /// The ways to try.
    var candidates: [CalibrationRange] {
        switch self {
        case .auto: CalibrationRange.allCases
        case .percentile: [.percentile]
        case .entropy: [.entropy]
        case .minmax: [.minmax]
        }
    }
}
