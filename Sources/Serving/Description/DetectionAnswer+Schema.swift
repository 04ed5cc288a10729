extension DetectionAnswer {
    /// What is in every answer.
    private static let head = [
        Schema.Member("id", .text(), "The request's identifier: `X-Request-Id`, yours or one that was made."),
        Schema.Member("model", .named(.modelVersion), "The model that answered."),
    ]

    /// What is said of a photo.
    private static let found = [
        Schema.Member("image", .named(.imageSize), "The size of the upright photo."),
        Schema.Member(
            "detections", .array(.named(.detection), count: 0...RequestedOptions.maximumDetections),
            "By descending score; ties by class, then by position."),
        Schema.Member(
            "warnings", .array(.text(), count: 1...Int.max),
            "What was forgiven of the photo's file: a missing end, damaged rows, all frames of an animation but one.",
            isRequired: false),
    ]

    /// The answer to a request of one photo.
    static let schema = Schema.object(
        head + found + [Schema.Member("timing_ms", .named(.timing), "Where the time went.")])

    /// The answer to a request of a list.
    static let schemaOfSeveral = Schema.object(
        head + [
            Schema.Member(
                "results",
                .array(
                    .either([
                        .object(found),
                        .object([Schema.Member("problem", .named(.imageProblem), "Why there are none.")]),
                    ]), count: 1...Int.max),
                "For each photo what was found in it, or its problem.")
        ])

    static let schemaOfDetection = Schema.object([
        Schema.Member("class", .text(), "The name of the class."),
        Schema.Member(
            "class_id", .integer(Schema.anyCount), "The number of the class: its place among the model's `labels`."),
        Schema.Member("score", .number(0...1), "How sure the model is; 4 decimals."),
        Schema.Member("box", .named(.box), "Where the object is."),
    ])

    static let schemaOfBox = Schema.object(
        ["xmin", "ymin", "xmax", "ymax"].map { name in
            Schema.Member(
                name, .number(Schema.positive),
                name.hasPrefix("x") ? "Pixels, or a share of the width." : "Pixels, or a share of the height.")
        })

    static let schemaOfSize = Schema.object([
        Schema.Member("width", .integer(1...Int.max), "Pixels."),
        Schema.Member("height", .integer(1...Int.max), "Pixels."),
    ])

    static let schemaOfModel = Schema.object([
        Schema.Member("name", .text(), "Its name."),
        Schema.Member("version", .text(), "What changes when its weights do."),
    ])

    static let schemaOfTiming = Schema.object([
        Schema.Member("decode", .number(Schema.positive), "From the photo's bytes to the network's input."),
        Schema.Member("queue", .number(Schema.positive), "Waiting for a thread and for a batch."),
        Schema.Member("inference", .number(Schema.positive), "The network's run over the batch."),
        Schema.Member("postprocess", .number(Schema.positive), "From the network's outputs to detections."),
        Schema.Member("total", .number(Schema.positive), "From the request's arrival to its answer."),
    ])
}
