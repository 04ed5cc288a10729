/// What values of JSON look like: as much of JSON Schema (draft 2020-12), which OpenAPI 3.1 uses, as answers and options
/// need.
indirect enum Schema: Sendable, Equatable {
    /// Any text; `format` names what it holds where there is a name for that.
    case text(format: String? = nil)
    /// One of these words.
    case word([String])
    /// One of these texts, each with a title and what it means.
    case meaning([Meaning])
    /// Bytes as text.
    case base64
    /// Bytes as they are, of a media type; nil for any.
    case bytes(String?)
    case boolean
    case null
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case array(Schema, count: ClosedRange<Int>)
    /// An object of these members; `isClosed` refuses others.
    case object([Member], isClosed: Bool = false)
    /// An object of any members, each of which is this.
    case map(Schema)
    /// One of these.
    case either([Schema])
    /// All of these at once.
    case all([Schema])
    /// The schema of this name.
    case named(Name)
    /// A schema with the value that stands where there is none.
    case defaulted(Schema, Literal)

    /// A text that stands for something.
    struct Meaning: Sendable, Equatable {
        let value: String
        let title: String
        let text: String
    }

    /// A member of an object.
    struct Member: Sendable, Equatable {
        let name: String
        let schema: Schema
        let text: String
        let isRequired: Bool

        init(_ name: String, _ schema: Schema, _ text: String, isRequired: Bool = true) {
            self.name = name
            self.schema = schema
            self.text = text
            self.isRequired = isRequired
        }
    }

    /// A value of JSON.
    enum Literal: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case number(Double)
    }

    /// The schemas that have a name, so that others can mention them.
    enum Name: String, Sendable, CaseIterable {
        case detections = "Detections"
        case detectionsOfSeveral = "DetectionsOfSeveral"
        case detection = "Detection"
        case box = "Box"
        case imageSize = "ImageSize"
        case timing = "Timing"
        case modelVersion = "ModelVersion"
        case health = "Health"
        case model = "Model"
        case models = "Models"
        case problem = "Problem"
        case imageProblem = "ImageProblem"
        case problemType = "ProblemType"
        case inferenceRequest = "InferenceRequest"
        case inference = "Inference"
        case inferenceServer = "InferenceServer"
        case inferenceModel = "InferenceModel"
        case inferenceConfiguration = "InferenceConfiguration"
        case inferenceFailure = "InferenceFailure"
        case visionDetections = "VisionDetections"
        case visionModels = "VisionModels"
        case visionPing = "VisionPing"
        case visionFailure = "VisionFailure"
        case doodsRequest = "DOODSRequest"
        case doodsDetections = "DOODSDetections"
        case doodsDetectors = "DOODSDetectors"
        case doodsFailure = "DOODSFailure"
    }

    /// Counts of what has no limit of its own.
    static let anyCount = 0...Int.max
    /// Numbers that are not negative.
    static let positive = 0...Double.infinity
}
