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
    /// Who is to find it.
    private(set) var model: LoadedModel

    /// A request that another protocol has understood.
    init(images: [Result<ArraySlice<UInt8>, ServiceError>], wanted: WantedAnswer, model: LoadedModel) {
        self.images = images
        self.wanted = wanted
        self.model = model
    }

    /// Understands a request.
    ///
    /// What the body is follows from its first bytes, then from `Content-Type`: `curl --data-binary` calls every photo a
    /// form.
    ///
    /// - Parameter intake: knows better afterwards what the client speaks.
    init(_ request: Request, _ intake: inout RequestIntake) throws(ServiceError) {
        images = []
        var choice = try ModelChoice(request.query, among: intake.models)
        model = choice.model
        var answer = DetectionAnswer()
        guard !request.body.isEmpty else {
            wanted.options = try choice.options()
            throw .missingImage
        }
        if ImageFormat.sniff(request.body) != nil {
            wanted.options = try choice.options()
            images = [.success(request.body[...])]
        } else if let format = ForeignFormat.sniff(request.body) {
            wanted.options = try choice.options()
            throw .image(.foreign(format))
        } else if request.contentType?.essence == "multipart/form-data" {
            answer.isList = try readForm(request, &choice)
        } else if Self.isJSON(request) {
            let members = try Self.members(of: request.body[...])
            if DOODS.recognizes(members) {
                intake.spoken = .doods
                self = try DOODS.read(members, intake)
                return
            }
            answer.isList = try readJSON(members, &choice, intake)
        } else if request.contentType?.essence == Self.textForm {
            wanted.options = try choice.options()
            throw .formWithoutImage
        } else {
            wanted.options = try choice.options()
            throw .image(.notAnImage)
        }
        guard !images.isEmpty else { throw .missingImage }
        guard images.count <= intake.options.maximumImagesPerRequest else {
            throw .tooManyImages(limit: intake.options.maximumImagesPerRequest)
        }
        answer.format = try .negotiate(option: wanted.options.format, accept: request.headers["Accept"])
        if answer.isList, !AnswerFormat.ofLists.contains(answer.format) {
            guard wanted.options.format == nil else {
                throw .invalidOption(
                    name: OptionName.format.rawValue, expected: "“json” or “csv” where there are several images")
            }
            throw .notAcceptable(offers: AnswerFormat.ofLists.map(\.mediaType))
        }
        answer.coordinates = wanted.options.coordinates ?? answer.coordinates
        wanted.writer = answer
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
    /// Whether the answer is to be a list.
    private mutating func readForm(_ request: Request, _ choice: inout ModelChoice) throws(ServiceError) -> Bool {
        guard let type = request.contentType else { throw .missingImage }
        let parts: [MultipartPart]
        do throws(MultipartError) {
            parts = try MultipartParser(type).parse(request.body)
        } catch { throw .malformedMultipart(error) }
        wanted.options = try choice.options(with: parts.first { $0.name == OptionName.model.rawValue }?.text)
        model = choice.model
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
                try wanted.options.add(part.name, text, labels: model.labels)
            }
        }
        return images.count > 1
    }

    // MARK: JSON

    private static func members(of body: ArraySlice<UInt8>) throws(ServiceError) -> [(name: String, value: JSONValue)] {
        let value: JSONValue
        do throws(JSONError) { value = try JSONReader.parse(body) } catch {
            throw .malformedJSON(reason: error.description)
        }
        guard case .object(let members) = value else { throw .notAnObject(kind: value.kind) }
        return members
    }

    /// Whether the answer is to be a list.
    private mutating func readJSON(
        _ members: [(name: String, value: JSONValue)], _ choice: inout ModelChoice, _ intake: RequestIntake
    ) throws(ServiceError) -> Bool {
        wanted.options = try choice.options(
            with: members.first { $0.name == OptionName.model.rawValue }.flatMap { RequestedOptions.text(of: $0.value) }
        )
        model = choice.model
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
            default: try wanted.options.add(name, value, labels: model.labels)
            }
        }
        guard image == nil || list == nil else {
            throw .malformedJSON(reason: "it has both “image” and “images”")
        }
        let values = list ?? image.map { [$0] } ?? []
        guard values.count <= intake.options.maximumImagesPerRequest else {
            throw .tooManyImages(limit: intake.options.maximumImagesPerRequest)
        }
        for value in values {
            guard case .string(let text) = value else {
                throw .malformedJSON(reason: "an image is not a string of base64")
            }
            images.append(try intake.image(text))
        }
        return list != nil
    }

    /// The bytes of an image in base64, and their memory reserved.
    static func image(
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
