import Detectors
import HTTP

extension Schema.Name {
    /// What it is the name of.
    var schema: Schema {
        switch self {
        case .detections: DetectionAnswer.schema
        case .detectionsOfSeveral: DetectionAnswer.schemaOfSeveral
        case .detection: DetectionAnswer.schemaOfDetection
        case .box: DetectionAnswer.schemaOfBox
        case .imageSize: DetectionAnswer.schemaOfSize
        case .timing: DetectionAnswer.schemaOfTiming
        case .modelVersion: DetectionAnswer.schemaOfModel
        case .health: HealthReport.schema
        case .model: ModelCard.schema
        case .models: ModelList.schema
        case .problem: Problem.schema
        case .imageProblem: Problem.schemaInList
        case .problemType: ProblemType.schema
        }
    }

    /// What it is, in a sentence.
    var text: String {
        switch self {
        case .detections: "What was found in a photo."
        case .detectionsOfSeveral: "What was found in each photo of a list, in the order sent."
        case .detection: "An object."
        case .box: "Where an object is, clipped to the photo: `xmin` is left, `ymin` is above."
        case .imageSize: "The size of the upright photo, in pixels: EXIF orientation is applied."
        case .timing: "Where the time went, in milliseconds."
        case .modelVersion: "The model that answered."
        case .health: "The state of the service."
        case .model: "A model in service."
        case .models: "The models in service."
        case .problem: "What went wrong (RFC 9457)."
        case .imageProblem: "What went wrong with a photo of several (RFC 9457)."
        case .problemType: "What kind of problem it is; programs can rely on it."
        }
    }
}
