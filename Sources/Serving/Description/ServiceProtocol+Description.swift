extension ServiceProtocol {
    /// The form of its failures.
    var failure: AnswerDescription.Content {
        switch self {
        case .multibox: .init(mediaType: Problem.mediaType, schema: .named(.problem))
        case .openInference: .init(mediaType: "application/json", schema: .named(.inferenceFailure))
        case .deepStack: .init(mediaType: "application/json", schema: .named(.visionFailure))
        case .doods: .init(mediaType: "application/json", schema: .named(.doodsFailure))
        }
    }

    /// What is told in its form where it is recognised by the content: what is found out from then on.
    var recognizedProblems: [ProblemType] {
        switch self {
        case .doods:
            [
                .malformedBase64, .missingImage, .invalidOption, .imageTooLarge, .notAnImage, .undecodableImage,
                .queueBytesFull,
            ]
        case .multibox, .openInference, .deepStack: []
        }
    }
}
