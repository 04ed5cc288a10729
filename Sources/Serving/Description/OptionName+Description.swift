import Detectors
import MultiBox

extension OptionName {
    /// The values that it takes, as text or as a member of JSON.
    var schema: Schema {
        switch self {
        case .threshold: .either([Self.share, .text()])
        case .iouThreshold: Self.share
        case .maxDetections: .integer(RequestedOptions.counts)
        case .classes, .model: .text()
        case .coordinates: .word(BoxCoordinates.allCases.map(\.rawValue))
        case .format: .word(FormatOption.allCases.map(\.rawValue))
        case .region, .tile: .text()
        case .covers: .boolean
        }
    }

    private static let share = Schema.number(
        Double(RequestedOptions.shares.lowerBound)...Double(RequestedOptions.shares.upperBound))

    /// The values that it takes as a member of JSON, where those are more than its text.
    var memberSchema: Schema {
        switch self {
        case .classes: .either([.text(), .array(.either([.text(), .integer(Schema.anyCount)]), count: 1...4095)])
        case .threshold: .either([Self.share, .text(), .object([])])
        case .region:
            .either([
                .text(), Self.edges, .array(Self.edges, count: 1...RequestedRegions.maximumCount),
            ])
        case .iouThreshold, .maxDetections, .coordinates, .format, .covers, .tile, .model: schema
        }
    }

    private static let edges = Schema.array(.number(Schema.positive), count: 4...4)

    /// What it is for.
    var text: String {
        switch self {
        case .model: "The model that looks, one of those of `/models`. The first of them, unless it is said."
        case .threshold:
            "The lowest score that is reported; or for classes, by name or number, each its own: "
                + "`person:0.6,dog:0.3,*:0.5`, where `*` stands for those that are not named. In JSON also an object, "
                + "`{\"person\": 0.6}`."
        case .iouThreshold:
            "Of two boxes of a class that share more than this of their union, only the better one is reported."
        case .maxDetections: "The most detections that are reported, those with the highest scores."
        case .classes:
            "The classes that are looked for, by name or number, separated by commas: `person,dog`. All, unless it is said."
        case .coordinates: "Boxes in pixels of the upright photo, or as shares of its width and height."
        case .format:
            "The detections as JSON or as a table (`csv`, RFC 4180), or the photo with the boxes drawn. Unless it is said, "
                + "`Accept` decides: `text/csv` for the table, `image/jpeg` or `image/png` for the photo."
        case .region:
            "Only objects in a part of the photo, `x0,y0,x1,y1`, or in one of several, at most "
                + "\(RequestedRegions.maximumCount), separated by semicolons. Four numbers of which none is above 1 are shares "
                + "of the upright photo's width and height, others are pixels. It chooses before `max_detections` does."
        case .tile:
            "Cuts the photo into overlapping parts that the network sees too, beside the whole: small objects in large "
                + "photos are found. `auto`, or columns x rows such as `3x2`, at most \(TileGrid.maximumParts) parts; of `auto` "
                + "at most \(Tiling.automaticParts). It costs as much as so many photos more, and each part counts as a photo "
                + "of the request."
        case .covers:
            "Whether a region must hold the whole box of an object. Otherwise it is enough that they share an area."
        }
    }

    /// What holds where a request does not say it; nil where there is no such value, or it is not known without a model.
    func standing(_ options: ServiceOptions, _ model: DetectionOutputConfiguration?) -> Schema.Literal? {
        switch self {
        case .threshold: .number(Double(options.defaultThreshold))
        case .iouThreshold: model.map { .number(Double($0.iouThreshold)) }
        case .maxDetections: model.map { .integer(RequestedOptions.defaultMaximum($0)) }
        case .classes, .format, .region, .covers, .tile, .model: nil
        case .coordinates: .text(BoxCoordinates.pixel.rawValue)
        }
    }
}
