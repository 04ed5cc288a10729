extension DeepStack {
    static let formSchema = Schema.object([
        Schema.Member("image", .bytes(nil), "The photo."),
        Schema.Member(
            confidenceField, .number(0...1),
            "The lowest confidence that is reported: \(confidence), or \(faceConfidence) for faces, unless it is said.",
            isRequired: false),
    ])

    static let answerSchema = Schema.object([
        Schema.Member("success", .boolean, "True."),
        Schema.Member("message", .text(), "What was found, in words."),
        Schema.Member(
            "predictions",
            .array(
                .object(
                    [
                        Schema.Member("label", .text(), "The name of the class."),
                        Schema.Member("confidence", .number(0...1), "How sure the model is; 4 decimals."),
                    ]
                        + ["x_min", "y_min", "x_max", "y_max"].map {
                            Schema.Member($0, .integer(Schema.anyCount), "An edge, in pixels of the upright photo.")
                        }), count: 0...RequestedOptions.maximumDetections), "By descending confidence."),
        Schema.Member("count", .integer(Schema.anyCount), "Their number."),
        Schema.Member("command", .text(), "What was asked for."),
        Schema.Member("moduleId", .text(), "What answered."),
        Schema.Member("executionProvider", .text(), "What the model runs on."),
        Schema.Member("canUseGPU", .boolean, "False."),
        Schema.Member("inferenceMs", .integer(Schema.anyCount), "The network's run, in milliseconds."),
        Schema.Member("processMs", .integer(Schema.anyCount), "All stages, in milliseconds."),
        Schema.Member("analysisRoundTripMs", .integer(Schema.anyCount), "From the request to its answer."),
        Schema.Member("duration", .number(Schema.positive), "The same in seconds."),
        Schema.Member("code", .integer(200...200), "The status of the answer."),
    ])

    static let modelsSchema = Schema.object([
        Schema.Member("success", .boolean, "True."),
        Schema.Member("models", .array(.text(), count: Schema.anyCount), "Their names."),
        Schema.Member("code", .integer(200...200), "The status of the answer."),
    ])

    static let pingSchema = Schema.object([
        Schema.Member("success", .boolean, "True."), Schema.Member("message", .text(), "The version of the program."),
    ])

    static let failureSchema = Schema.object([
        Schema.Member("success", .boolean, "False."),
        Schema.Member("error", .text(), "What is the matter with this request, in a sentence, with numbers."),
        Schema.Member("code", .integer(400...599), "The status of the answer."),
    ])
}
