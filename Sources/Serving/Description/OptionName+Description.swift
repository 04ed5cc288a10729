import Detectors
import MultiBox

extension OptionName {
    /// The values that it takes, as text or as a member of JSON.
    var schema: Schema {
        switch self {
        case .threshold, .iouThreshold:
            .number(Double(RequestedOptions.shares.lowerBound)...Double(RequestedOptions.shares.upperBound))
        case .maxDetections: .integer(RequestedOptions.counts)
        case .classes, .model: .text()
        case .coordinates: .word(BoxCoordinates.allCases.map(\.rawValue))
        case .format: .word(FormatOption.allCases.map(\.rawValue))
        }
    }

    /// The values that it takes as a member of JSON, where those are more than its text.
    var memberSchema: Schema {
        switch self {
        case .classes: .either([.text(), .array(.either([.text(), .integer(Schema.anyCount)]), count: 1...4095)])
        case .threshold, .iouThreshold, .maxDetections, .coordinates, .format, .model: schema
        }
    }

    /// What it is for.
    var text: String {
        switch self {
        case .model: "The model that looks, one of those of `/models`. The first of them, unless it is said."
        case .threshold: "The lowest score that is reported."
        case .iouThreshold:
            "Of two boxes of a class that share more than this of their union, only the better one is reported."
        case .maxDetections: "The most detections that are reported, those with the highest scores."
        case .classes:
            "The classes that are looked for, by name or number, separated by commas: `person,dog`. All, unless it is said."
        case .coordinates: "Boxes in pixels of the upright photo, or as shares of its width and height."
        case .format:
            "The detections as JSON, or the photo with the boxes drawn. Unless it is said, `Accept` decides: `image/jpeg` or "
                + "`image/png` for the photo."
        }
    }

    /// What holds where a request does not say it; nil where there is no such value, or it is not known without a model.
    func standing(_ options: ServiceOptions, _ model: DetectionOutputConfiguration?) -> Schema.Literal? {
        switch self {
        case .threshold: .number(Double(options.defaultThreshold))
        case .iouThreshold: model.map { .number(Double($0.iouThreshold)) }
        case .maxDetections: model.map { .integer(RequestedOptions.defaultMaximum($0)) }
        case .classes, .format, .model: nil
        case .coordinates: .text(BoxCoordinates.pixel.rawValue)
        }
    }
}
