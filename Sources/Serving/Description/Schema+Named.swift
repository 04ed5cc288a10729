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
        case .inferenceRequest: OpenInference.requestSchema
        case .inference: OpenInference.answerSchema
        case .inferenceServer: OpenInference.serverSchema
        case .inferenceModel: OpenInference.modelSchema
        case .inferenceConfiguration: OpenInference.configurationSchema
        case .inferenceFailure: OpenInference.failureSchema
        case .visionDetections: DeepStack.answerSchema
        case .visionModels: DeepStack.modelsSchema
        case .visionPing: DeepStack.pingSchema
        case .visionFailure: DeepStack.failureSchema
        case .doodsRequest: DOODS.requestSchema
        case .doodsDetections: DOODS.answerSchema
        case .doodsDetectors: DOODS.detectorsSchema
        case .doodsFailure: DOODS.failureSchema
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
        case .inferenceRequest: "Photos to look at (Open Inference Protocol)."
        case .inference: "What was found in each photo, as tensors (Open Inference Protocol)."
        case .inferenceServer: "The service (Open Inference Protocol)."
        case .inferenceModel: "A model's tensors (Open Inference Protocol)."
        case .inferenceConfiguration: "A model's tensors, as Triton configures them."
        case .inferenceFailure: "What went wrong (Open Inference Protocol)."
        case .visionDetections: "What was found in a photo (DeepStack, CodeProject.AI)."
        case .visionModels: "The models in service (DeepStack, CodeProject.AI)."
        case .visionPing: "That somebody is there (DeepStack, CodeProject.AI)."
        case .visionFailure: "What went wrong (DeepStack, CodeProject.AI)."
        case .doodsRequest: "A photo and what to look for (DOODS)."
        case .doodsDetections: "What was found in a photo (DOODS)."
        case .doodsDetectors: "The models in service (DOODS)."
        case .doodsFailure: "What went wrong (DOODS)."
        }
    }
}
