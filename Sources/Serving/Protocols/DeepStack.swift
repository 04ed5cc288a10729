import Detectors
import HTTP
import Images
import JSON
import MultiBox

/// The protocol of DeepStack and of CodeProject.AI: what Blue Iris, Home Assistant's integrations and Frigate's `deepstack`
/// detector ask. A form with a photo, and what was found in whole pixels.
enum DeepStack {
    /// The field of the lowest score.
    static let confidenceField = "min_confidence"
    /// What holds where a request says none, as DeepStack documents it, for objects and for faces.
    static let (confidence, faceConfidence): (Float, Float) = (0.4, 0.55)

    // MARK: Requests

    /// Understands a request: a form with the part `image`, or else the first file; fields that are not known are passed
    /// over. A photo that is the whole content is taken too.
    static func read(_ request: Request, _ intake: RequestIntake) throws(ServiceError) -> DetectionRequest {
        let model = try intake.modelOfPath()
        let wantsFaces = intake.call.route == .visionFace
        let faces = wantsFaces ? faceClasses(of: model.labels) : nil
        if faces?.isEmpty == true { throw .noFaces }
        var photo: ArraySlice<UInt8>?
        var threshold: String?
        if ImageFormat.sniff(request.body) != nil {
            photo = request.body[...]
        } else if let type = request.contentType, type.essence == "multipart/form-data" {
            let parts: [MultipartPart]
            do throws(MultipartError) { parts = try MultipartParser(type).parse(request.body) } catch {
                throw .malformedMultipart(error)
            }
            photo = (parts.first { $0.name == "image" } ?? parts.first { $0.filename != nil })?.body
            threshold = try parts.first { $0.name == confidenceField }.flatMap { (part) throws(ServiceError) in
                try confidence(part)
            }
        }
        guard let photo, !photo.isEmpty else { throw .missingImage }
        var options = RequestedOptions()
        let standing = wantsFaces ? faceConfidence : confidence
        try options.add(OptionName.threshold.rawValue, threshold ?? String(standing), labels: model.labels)
        if let faces {
            let numbers = faces.map { JSONValue.number(String($0)) }
            try options.add(OptionName.classes.rawValue, .array(numbers), labels: model.labels)
        }
        var wanted = WantedAnswer(options: options)
        wanted.writer = DeepStackAnswer(command: intake.call.route == .visionCustom ? "custom" : "detect")
        return DetectionRequest(images: [.success(photo)], wanted: wanted, model: model)
    }

    /// A threshold; nil where the field is empty.
    private static func confidence(_ part: MultipartPart) throws(ServiceError) -> String? {
        guard part.body.count <= JSONReader.maximumNumberLength, let text = part.text else { throw malformed }
        let trimmed = text.filter { $0 != " " }
        if trimmed.isEmpty { return nil }
        let number = trimmed.utf8.first == UInt8(ascii: ".") ? "0" + trimmed : trimmed
        guard let value = DecimalNumber(number.utf8)?.float, value <= 1 else { throw malformed }
        return String(max(value, 0))
    }

    private static let malformed = ServiceError.invalidOption(
        name: confidenceField, expected: "a number from 0 to 1")

    /// The classes of a model that are faces, by their names.
    static func faceClasses(of labels: LabelMap) -> [Int] {
        (0..<labels.count).filter { index in
            labels.name(of: index)?.lowercased().split { !$0.isLetter }.contains("face") == true
        }
    }

    /// The content of the answer to a failure.
    static func failure(_ problem: Problem) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.name("success")
            json.boolean(false)
            json.member("error", problem.detail)
            json.member("code", problem.status.code)
        }
        return json.finish()
    }

    // MARK: State

    /// The answer to who asks whether somebody is there.
    static func ping(version: String) -> Response {
        success { json in json.member("message", version) }
    }

    /// The names of the models.
    static func list(_ models: ServedModels) -> Response {
        success { json in
            json.name("models")
            json.array { json in for model in models.loaded { json.string(model.name) } }
            json.member("code", StatusCode.ok.code)
        }
    }

    private static func success(_ write: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.name("success")
            json.boolean(true)
            write(&json)
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }
}
