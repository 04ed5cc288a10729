extension OpenInference {
    private static let lowest = -1...Int.max
    private static let names = InferenceOutput.allCases.map(\.rawValue)
    private static let datatypes = Array(Set(InferenceOutput.allCases.map(\.datatype))).sorted()

    /// A request, without tensors behind it.
    static let requestSchema = Schema.object([
        Schema.Member("id", .text(), "What the answer repeats.", isRequired: false),
        Schema.Member(
            "inputs",
            .array(
                .object([
                    Schema.Member("name", .word([InferenceRequest.input]), "Its name."),
                    Schema.Member("datatype", .word(["BYTES", "UINT8"]), "Files, or pixels."),
                    Schema.Member(
                        "shape", .array(.integer(Schema.anyCount), count: 1...8), "[n], or [n, height, width, 3]."),
                    Schema.Member(
                        "data",
                        .either([
                            .array(.base64, count: 1...4000), .array(.integer(0...255), count: 1...Int.max),
                        ]),
                        "Files in base64, or red, green and blue of each pixel; not where the bytes follow the JSON.",
                        isRequired: false),
                    Schema.Member(
                        "parameters",
                        .object([
                            Schema.Member(
                                "binary_data_size", .integer(Schema.anyCount),
                                "The bytes that follow the JSON; files each behind its length in four bytes, lowest "
                                    + "first.", isRequired: false)
                        ]), "Where the bytes follow the JSON.", isRequired: false),
                ]), count: 1...1), "The photos."),
        Schema.Member(
            "outputs",
            .array(
                .object([
                    Schema.Member("name", .word(names), "Its name."),
                    Schema.Member(
                        "parameters",
                        .object([
                            Schema.Member(
                                "binary_data", .boolean, "Whether its bytes follow the JSON.", isRequired: false)
                        ]), "How it is wanted.", isRequired: false),
                ]), count: 0...names.count), "The tensors that are wanted; all, unless it is said.",
            isRequired: false),
        Schema.Member(
            "parameters",
            .object(
                [
                    Schema.Member(
                        "binary_data_output", .boolean, "Whether the bytes of all tensors follow the JSON.",
                        isRequired: false)
                ]
                    + OptionName.allCases.filter { $0 != .format }.map {
                        Schema.Member($0.rawValue, $0.memberSchema, $0.text, isRequired: false)
                    }), "Options of `/detect`, and how tensors are wanted.", isRequired: false),
    ])

    static let answerSchema = Schema.object([
        Schema.Member("model_name", .text(), "The model that answered."),
        Schema.Member("model_version", .text(), "Its version."),
        Schema.Member("id", .text(), "What the request said.", isRequired: false),
        Schema.Member(
            "outputs",
            .array(
                .object([
                    Schema.Member("name", .word(names), "Its name."),
                    Schema.Member("datatype", .word(datatypes), "Its datatype."),
                    Schema.Member(
                        "shape", .array(.integer(Schema.anyCount), count: 1...3), "Its shape, photos first."),
                    Schema.Member(
                        "data", .array(.number(-1...Double.infinity), count: Schema.anyCount),
                        "Its elements, row by row, unless they follow the JSON.", isRequired: false),
                    Schema.Member(
                        "parameters",
                        .object([
                            Schema.Member(
                                "binary_data_size", .integer(Schema.anyCount),
                                "Its bytes, which follow the JSON in the order of the tensors.")
                        ]), "Where they do.", isRequired: false),
                ]), count: 0...names.count), "The tensors."),
    ])

    static let serverSchema = Schema.object([
        Schema.Member("name", .text(), "Its name."),
        Schema.Member("version", .text(), "Its version."),
        Schema.Member("extensions", .array(.text(), count: Schema.anyCount), "The extensions of the protocol."),
    ])

    private static let tensors = Schema.array(
        .object([
            Schema.Member("name", .text(), "Its name."),
            Schema.Member("datatype", .text(), "Its datatype."),
            Schema.Member(
                "shape", .array(.integer(lowest), count: 1...3),
                "Its shape; -1 for what differs from one request to another."),
        ]), count: 1...names.count)

    static let modelSchema = Schema.object([
        Schema.Member("name", .text(), "Its name."),
        Schema.Member("versions", .array(.text(), count: 1...1), "Its version."),
        Schema.Member("platform", .text(), "What runs it."),
        Schema.Member("inputs", tensors, "What it takes."),
        Schema.Member("outputs", tensors, "What it answers."),
    ])

    private static let configured = Schema.array(
        .object([
            Schema.Member("name", .text(), "Its name."),
            Schema.Member("data_type", .text(), "Its datatype."),
            Schema.Member(
                "dims", .array(.integer(lowest), count: 1...3),
                "Its shape; -1 for what differs from one request to another."),
        ]), count: 1...names.count)

    static let configurationSchema = Schema.object([
        Schema.Member("name", .text(), "Its name."),
        Schema.Member("platform", .text(), "What runs it."),
        Schema.Member("backend", .text(), "The same."),
        Schema.Member("max_batch_size", .integer(Schema.anyCount), "0: shapes hold the batch."),
        Schema.Member("input", configured, "What it takes."),
        Schema.Member("output", configured, "What it answers."),
    ])

    static let failureSchema = Schema.object([
        Schema.Member("error", .text(), "What is the matter with this request, in a sentence, with numbers.")
    ])
}
