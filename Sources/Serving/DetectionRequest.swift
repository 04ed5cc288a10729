import HTTP
import Images
import JSON
import MultiBox

/// A request for detection, understood: its images and its options.
struct DetectionRequest: Sendable {
    /// The bytes of each image, or why there are none, in the order sent.
    var images: [Result<ArraySlice<UInt8>, ServiceError>]
    /// What the answer is to be.
    var wanted = WantedAnswer()

    /// Understands a request.
    ///
    /// What the body is follows from its first bytes, then from `Content-Type`: `curl --data-binary` calls every photo a
    /// form.
    ///
    /// - Parameter memory: where that of images is reserved that are no parts of the body.
    init(
        _ request: Request, labels: LabelMap, maximumImages: Int, memory: HeldMemory
    ) throws(ServiceError) {
        images = []
        wanted.options = try RequestedOptions(query: request.query, labels: labels)
        guard !request.body.isEmpty else { throw .missingImage }
        if ImageFormat.sniff(request.body) != nil {
            images = [.success(request.body[...])]
        } else if let format = ForeignFormat.sniff(request.body) {
            throw .image(.foreign(format))
        } else if request.contentType?.essence == "multipart/form-data" {
            try readForm(request, labels: labels)
        } else if Self.isJSON(request) {
            try readJSON(request.body[...], labels: labels, maximumImages: maximumImages, memory: memory)
        } else if request.contentType?.essence == Self.textForm {
            throw .formWithoutImage
        } else {
            throw .image(.notAnImage)
        }
        guard !images.isEmpty else { throw .missingImage }
        guard images.count <= maximumImages else { throw .tooManyImages(limit: maximumImages) }
        wanted.format = try .negotiate(option: wanted.options.format, accept: request.headers["Accept"])
        if wanted.isList, !AnswerFormat.ofLists.contains(wanted.format) {
            guard wanted.options.format == nil else {
                throw .invalidOption(
                    name: OptionName.format.rawValue, expected: "“json” or “csv” where there are several images")
            }
            throw .notAcceptable(offers: AnswerFormat.ofLists.map(\.mediaType))
        }
    }

    /// What `curl -d` and `--data-binary` call every body.
    private static let textForm = "application/x-www-form-urlencoded"

    /// Whether the body is JSON: by its type, or by its first character where the type is one that tools send unasked.
    private static func isJSON(_ request: Request) -> Bool {
        let essence = request.contentType?.essence
        if let essence, essence == "application/json" || essence.hasSuffix("+json") { return true }
        guard essence == nil || essence == textForm || essence == "text/plain" else {
            return false
        }
        let first = request.body.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return first == UInt8(ascii: "{")
    }

    // MARK: Forms

    /// Takes the parts named `image`, or every file where no part has that name; all other parts are options.
    private mutating func readForm(_ request: Request, labels: LabelMap) throws(ServiceError) {
        guard let type = request.contentType else { throw .missingImage }
        let parts: [MultipartPart]
        do throws(MultipartError) {
            parts = try MultipartParser(type).parse(request.body)
        } catch { throw .malformedMultipart(error) }
        let areNamed = parts.contains { $0.name == "image" }
        for part in parts {
            if areNamed ? part.name == "image" : part.filename != nil {
                images.append(part.body.isEmpty ? .failure(.missingImage) : .success(part.body))
            } else {
                guard let option = OptionName(rawValue: part.name) else { throw .unknownOption(name: part.name) }
                guard part.body.count <= RequestedOptions.maximumTextBytes, let text = part.text else {
                    throw .invalidOption(
                        name: option.rawValue,
                        expected: "text in UTF-8, at most \(RequestedOptions.maximumTextBytes) bytes")
                }
                try wanted.options.add(part.name, text, labels: labels)
            }
        }
        wanted.isList = images.count > 1
    }

    // MARK: JSON

    private mutating func readJSON(
        _ body: ArraySlice<UInt8>, labels: LabelMap, maximumImages: Int, memory: HeldMemory
    ) throws(ServiceError) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONReader.parse(body) } catch {
            throw .malformedJSON(reason: error.description)
        }
        guard case .object(let members) = value else { throw .notAnObject(kind: value.kind) }
        var image: JSONValue?
        var list: [JSONValue]?
        for (name, value) in members {
            switch name {
            case "image": image = value
            case "images":
                guard case .array(let elements) = value else {
                    throw .malformedJSON(reason: "“images” is not an array")
                }
                list = elements
            default: try wanted.options.add(name, value, labels: labels)
            }
        }
        guard image == nil || list == nil else {
            throw .malformedJSON(reason: "it has both “image” and “images”")
        }
        wanted.isList = list != nil
        let values = list ?? image.map { [$0] } ?? []
        guard values.count <= maximumImages else { throw .tooManyImages(limit: maximumImages) }
        for value in values {
            guard case .string(let text) = value else {
                throw .malformedJSON(reason: "an image is not a string of base64")
            }
            images.append(try Self.image(text, memory))
        }
    }

    private static func image(
        _ text: JSONString, _ memory: HeldMemory
    ) throws(ServiceError) -> Result<ArraySlice<UInt8>, ServiceError> {
        let reserved = Base64.maximumCount(text)
        try memory.hold(reserved)
        let bytes = Base64.decodeImage(text)
        memory.giveBack(reserved - (bytes?.count ?? 0))
        guard let bytes else { return .failure(.malformedBase64) }
        return bytes.isEmpty ? .failure(.missingImage) : .success(bytes[...])
    }
}
