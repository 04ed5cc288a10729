extension DOODS {
    private static let confidences = Schema.map(.number(-1e6...1e6))

    static let requestSchema = Schema.object([
        Schema.Member("data", .base64, "The photo in base64."),
        Schema.Member("id", .text(), "What the answer repeats.", isRequired: false),
        Schema.Member("detector_name", .text(), "One of `/detectors`.", isRequired: false),
        Schema.Member(
            "detect", confidences,
            "The lowest confidences by label, in percent; `*` stands for labels that are not named. Where neither this nor a "
                + "region says anything, the service's threshold holds.", isRequired: false),
        Schema.Member(
            "regions",
            .array(
                .object(
                    ["top", "left", "bottom", "right"].map {
                        Schema.Member($0, .number(-1e6...1e6), "An edge, as a share of the photo.")
                    } + [
                        Schema.Member("detect", confidences, "The same for the region."),
                        Schema.Member(
                            "covers", .boolean,
                            "Whether objects must lie wholly in it. Otherwise it is enough that they touch.",
                            isRequired: false),
                        Schema.Member(
                            "id", .text(), "What detections repeat that it lets through.", isRequired: false),
                    ]), count: 0...maximumRegions),
            "Parts of the photo with confidences of their own: what any of them, or the whole photo, lets through is reported.",
            isRequired: false),
        Schema.Member(
            "image", .text(), "`jpeg` or `png` for the photo with the boxes drawn, beside them.", isRequired: false),
    ])

    static let answerSchema = Schema.object([
        Schema.Member("id", .text(), "What the request said.", isRequired: false),
        Schema.Member("image", .base64, "The photo with the boxes drawn, where it is wanted.", isRequired: false),
        Schema.Member(
            "detections",
            .array(
                .object(
                    [
                        Schema.Member("region_id", .text(), "The region that let it through.", isRequired: false)
                    ]
                        + ["top", "left", "bottom", "right"].map {
                            Schema.Member($0, .number(0...1), "An edge, as a share of the photo.")
                        } + [
                            Schema.Member("label", .text(), "The name of the class."),
                            Schema.Member("confidence", .number(0...100), "How sure the model is, in percent."),
                        ]), count: 0...RequestedOptions.maximumDetections), "By descending confidence."),
    ])

    static let detectorsSchema = Schema.object([
        Schema.Member(
            "detectors",
            .array(
                .object([
                    Schema.Member("name", .text(), "What requests call it."),
                    Schema.Member("type", .text(), "What runs it."),
                    Schema.Member("model", .text(), "The model."),
                    Schema.Member("labels", .array(.text(), count: Schema.anyCount), "Its classes."),
                    Schema.Member("width", .integer(1...Int.max), "Pixels that photos are scaled to."),
                    Schema.Member("height", .integer(1...Int.max), "Pixels that photos are scaled to."),
                ]), count: 1...Int.max), "The models.")
    ])

    static let failureSchema = Schema.object([
        Schema.Member("detections", .array(.null, count: 0...0), "None."),
        Schema.Member("error", .text(), "What is the matter with this request, in a sentence, with numbers."),
    ])
}
