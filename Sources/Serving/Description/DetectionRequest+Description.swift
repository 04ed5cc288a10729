import Images
import MultiBox

extension DetectionRequest {
    /// What the content of a request may be.
    static func contents(_ options: ServiceOptions, _ model: DetectionOutputConfiguration?) -> [AnswerDescription
        .Content]
    {
        let photos = (ImageFormat.allCases.map(\.mediaType) + ["application/octet-stream"]).map {
            AnswerDescription.Content(mediaType: $0, schema: .bytes($0))
        }
        let several = 1...options.maximumImagesPerRequest
        func members(_ schema: (OptionName) -> Schema) -> [Schema.Member] {
            OptionName.allCases.map { option in
                let plain = schema(option)
                let standing = option.standing(options, model)
                return Schema.Member(
                    option.rawValue, standing.map { .defaulted(plain, $0) } ?? plain, option.text, isRequired: false)
            }
        }
        let form = Schema.object(
            [
                Schema.Member(
                    "image", .array(.bytes(nil), count: several),
                    "A part for each photo. Where no part is called `image`, every part with a file name is one.")
            ] + members(\.schema), isClosed: true)
        let json = [
            Schema.Member("image", .base64, "A photo in base64, or a data URL of it."),
            Schema.Member("images", .array(.base64, count: several), "Several photos: the answer is a list."),
        ].map { Schema.object([$0] + members(\.memberSchema), isClosed: true) }
        return photos + [
            .init(mediaType: "multipart/form-data", schema: form),
            .init(mediaType: "application/json", schema: .either(json + [.named(.doodsRequest)])),
        ]
    }
}
