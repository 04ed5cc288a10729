import Detectors
import HTTP
import JSON
import MultiBox

/// The protocol of DOODS and DOODS2: what `pydoods` and Home Assistant's `doods` ask. JSON with a photo in base64, what is looked
/// for with confidences in percent, and regions.
enum DOODS {
    /// The detector that is meant where a request names none.
    static let standardDetector = "default"
    /// What stands for all labels that are not named.
    static let anyLabel = "*"
    /// The most regions: each is compared with each object.
    static let maximumRegions = 256
    /// The members that only its requests have.
    private static let members: Set<String> = ["data", "detect", "detector_name"]

    // MARK: Requests

    /// Whether an object is a request of this protocol.
    static func recognizes(_ object: [(name: String, value: JSONValue)]) -> Bool {
        object.contains { members.contains($0.name) }
    }

    /// Understands a request of a route of this protocol alone: the answer is the picture.
    static func read(_ request: Request, _ intake: RequestIntake) throws(ServiceError) -> DetectionRequest {
        guard !request.body.isEmpty else { throw .missingImage }
        let value: JSONValue
        do throws(JSONError) { value = try JSONReader.parse(request.body[...]) } catch {
            throw .malformedJSON(reason: error.description)
        }
        guard case .object(let members) = value else { throw .notAnObject(kind: value.kind) }
        return try read(members, intake)
    }

    /// Understands the members of a request. Those that are not known are passed over.
    static func read(
        _ object: [(name: String, value: JSONValue)], _ intake: RequestIntake
    ) throws(ServiceError) -> DetectionRequest {
        var answer = DOODSAnswer(isPicture: intake.call.route == .image)
        if answer.isPicture { answer.image = .jpeg }
        var whole = DOODSRegion()
        var regions: [DOODSRegion] = []
        var image: Result<ArraySlice<UInt8>, ServiceError>?
        var detector: String?
        for (name, value) in object where value != .null {
            switch name {
            case "id": answer.id = try text(value, name)
            case "detector_name": detector = try text(value, name)
            case "data":
                guard case .string(let text) = value else { throw expected("data", "a photo in base64") }
                image = try intake.image(text)
            case "image": answer.image = try format(value) ?? answer.image
            case "detect": whole.confidences = try confidences(value)
            case "regions":
                guard case .array(let elements) = value, elements.count <= maximumRegions else {
                    throw expected(name, "an array of at most \(maximumRegions) regions")
                }
                for element in elements { regions.append(try region(element)) }
            case "preprocess":
                guard case .array(let elements) = value, elements.isEmpty else {
                    throw expected(name, "nothing: photos are looked at as they are")
                }
            default: continue
            }
        }
        let model = try model(detector, intake.models)
        guard let image else { throw .missingImage }
        var wanted = WantedAnswer()
        if !whole.confidences.isEmpty || !regions.isEmpty {
            answer.regions = [whole] + regions
            wanted.options = try options(for: answer.regions, model.labels)
        }
        wanted.writer = answer
        return DetectionRequest(images: [image], wanted: wanted, model: model)
    }

    /// The model that a detector's name stands for.
    private static func model(_ name: String?, _ models: ServedModels) throws(ServiceError) -> LoadedModel {
        guard let name, !name.isEmpty else { return try models.model(named: nil) }
        if let served = models[name] {
            guard let model = served.model else { throw .loading }
            return model
        }
        guard name == standardDetector else { throw expected("detector_name", "the name of one of /detectors") }
        return try models.model(named: nil)
    }

    private static func expected(_ name: String, _ what: String) -> ServiceError {
        .invalidOption(name: name, expected: what)
    }

    private static func text(_ value: JSONValue, _ name: String) throws(ServiceError) -> String {
        guard case .string(let string) = value, string.maximumCount <= RequestedOptions.maximumTextBytes,
            let text = string.text
        else { throw expected(name, "text in UTF-8, at most \(RequestedOptions.maximumTextBytes) bytes") }
        return text
    }

    /// The picture that is wanted; nil for none. DOODS takes these words, and what it does not know as none.
    private static func format(_ value: JSONValue) throws(ServiceError) -> AnswerFormat? {
        if case .boolean(let isWanted) = value { return isWanted ? .jpeg : nil }
        return switch try text(value, "image") {
        case "true", ".jpg", "jpg", "jpeg", "image/jpeg": .jpeg
        case ".png", "png", "image/png": .png
        default: nil
        }
    }

    private static func number(_ value: JSONValue?) -> Float? {
        guard case .number(let text)? = value else { return nil }
        return DecimalNumber(text.utf8)?.float
    }

    private static func confidences(_ value: JSONValue) throws(ServiceError) -> [String: Float] {
        guard case .object(let members) = value else {
            throw expected("detect", "labels with confidences in percent, such as {\"person\": 60, \"*\": 50}")
        }
        var confidences: [String: Float] = [:]
        for (label, value) in members {
            guard let confidence = number(value) else { throw expected("detect", "confidences in percent") }
            confidences[label] = confidence
        }
        return confidences
    }

    private static func region(_ value: JSONValue) throws(ServiceError) -> DOODSRegion {
        guard case .object(let members) = value else { throw expected("regions", "objects") }
        func member(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }
        guard let top = number(member("top")), let left = number(member("left")),
            let bottom = number(member("bottom")), let right = number(member("right"))
        else { throw expected("regions", "“top”, “left”, “bottom” and “right” as shares of the photo") }
        var region = DOODSRegion()
        region.box = CornerBox(xmin: left, ymin: top, xmax: right, ymax: bottom)
        region.confidences = try member("detect").map { (value) throws(ServiceError) in try confidences(value) } ?? [:]
        switch member("covers") {
        case nil, .null?: break
        case .boolean(let isCovering)?: region.isCovering = isCovering
        default: throw expected("regions", "“covers” as true or false")
        }
        if let id = member("id"), id != .null { region.id = try text(id, "id") }
        return region
    }

    /// What the engine is asked for so that nothing is missing that a region lets through: the lowest of all confidences,
    /// and the classes that are named, unless any will do.
    private static func options(
        for regions: [DOODSRegion], _ labels: LabelMap
    ) throws(ServiceError) -> RequestedOptions {
        var options = RequestedOptions()
        let lowest = regions.flatMap(\.confidences.values).min() ?? 0
        try options.add(OptionName.threshold.rawValue, String(min(max(lowest / 100, 0), 1)), labels: labels)
        let names = Set(regions.flatMap(\.confidences.keys))
        let classes = (0..<labels.count).filter { labels.name(of: $0).map(names.contains) == true }
        // Where none of the names is known, nothing is let through in the end.
        if !names.contains(anyLabel), !classes.isEmpty {
            let numbers = classes.map { JSONValue.number(String($0)) }
            try options.add(OptionName.classes.rawValue, .array(numbers), labels: labels)
        }
        return options
    }

    // MARK: Answers

    /// The content of the answer to a failure.
    static func failure(_ problem: Problem) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.name("detections")
            json.array { _ in }
            json.member("error", problem.detail)
        }
        return json.finish()
    }

    /// The models as detectors: the first also under the name that stands where a request says none.
    static func detectors(_ models: ServedModels) throws(ServiceError) -> Response {
        guard let standard = models.standard else { throw .loading }
        var detectors = models.loaded.map { (name: $0.name, model: $0) }
        if !detectors.contains(where: { $0.name == standardDetector }) {
            detectors.insert((standardDetector, standard), at: 0)
        }
        var json = JSONWriter(reserving: 4096)
        json.object { json in
            json.name("detectors")
            json.array { json in
                for (name, model) in detectors {
                    json.object { json in
                        json.member("name", name)
                        json.member("type", "multibox")
                        json.member("model", model.name)
                        json.name("labels")
                        json.array { json in
                            for index in 0..<model.labels.count {
                                if let label = model.labels.name(of: index) { json.string(label) }
                            }
                        }
                        json.member("width", model.engine.model.preprocessing.width)
                        json.member("height", model.engine.model.preprocessing.height)
                    }
                }
            }
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }
}
