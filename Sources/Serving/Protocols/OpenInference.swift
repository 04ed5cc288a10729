import Detectors
import HTTP
import JSON
import MultiBox

/// The Open Inference Protocol, version 2 (https://github.com/kserve/open-inference-protocol), with Triton's extension for
/// binary tensors: what `tritonclient` and KServe ask.
enum OpenInference {
    /// The field that says how many bytes of a content with binary tensors are JSON, of requests and of answers.
    static let headerLengthField = AnswerField.inferenceHeaderLength.rawValue
    private static let platform = "multibox"

    // MARK: Inference

    /// Understands an inference. Options of `/detect` stand in its `parameters`, or in the query.
    static func read(_ request: Request, _ intake: RequestIntake) throws(ServiceError) -> DetectionRequest {
        let model = try intake.modelOfPath()
        let labels = model.labels
        let headerLength = try headerLength(request.headers)
        // Pixels that JSON spells take two bytes of it each, and are no part of the content.
        let room = min(max(headerLength ?? request.body.count, 0), request.body.count) / 2
        try intake.memory.hold(room)
        let inference = try InferenceRequest(
            request.body[...], headerLength: headerLength,
            maximumImages: intake.options.maximumImagesPerRequest, limits: intake.options.imageLimits)
        var options = try RequestedOptions(query: request.query, labels: labels)
        for (name, value) in inference.parameters { try options.add(name, value, labels: labels) }
        guard options.format == nil else { throw .unknownOption(name: OptionName.format.rawValue) }
        var wanted = WantedAnswer()
        wanted.writer = InferenceAnswer(
            id: inference.id, outputs: inference.outputs, coordinates: options.coordinates ?? .pixel)
        wanted.options = options
        var images: [Result<ArraySlice<UInt8>, ServiceError>] = []
        switch inference.images {
        case .files(let files): images = files.map { $0.isEmpty ? .failure(.missingImage) : .success($0) }
        case .texts(let texts): for text in texts { images.append(try intake.image(text)) }
        case .pixels(let pixels, let size, let count):
            wanted.pixelSize = size
            let bytes = size.width * size.height * 3
            images = (0..<count).map { .success(pixels.dropFirst($0 * bytes).prefix(bytes)) }
        }
        intake.memory.giveBack(room - (inference.isSpelled && wanted.pixelSize != nil ? room : 0))
        return DetectionRequest(images: images, wanted: wanted, model: model)
    }

    private static func headerLength(_ headers: HeaderFields) throws(ServiceError) -> Int? {
        let values = headers.values(headerLengthField)
        guard let first = values.first else { return nil }
        guard values.count == 1, let length = DecimalNumber(first.utf8)?.integer else {
            throw .malformedTensor(reason: "\(headerLengthField) is not a number of bytes")
        }
        return length
    }

    /// The content of the answer to a failure.
    static func failure(_ problem: Problem) -> [UInt8] {
        var json = JSONWriter()
        json.object { $0.member("error", problem.detail) }
        return json.finish()
    }

    // MARK: State

    /// Whether the server lives.
    static var live: Response { response { $0.truth("live", true) } }

    /// Whether it can detect, where it can.
    static var ready: Response { response { $0.truth("ready", true) } }

    /// What the server is.
    static func server(version: String) -> Response {
        response { json in
            json.member("name", platform)
            json.member("version", version)
            json.name("extensions")
            json.array { json in for name in ["binary_tensor_data", "model_configuration"] { json.string(name) } }
        }
    }

    /// Whether a model can detect, where it can.
    static func ready(_ model: LoadedModel) -> Response {
        response { json in
            json.member("name", model.name)
            json.truth("ready", true)
        }
    }

    /// A model's tensors.
    static func metadata(of model: LoadedModel) -> Response {
        response { json in
            json.member("name", model.name)
            json.name("versions")
            json.array { $0.string(model.engine.model.version) }
            json.member("platform", platform)
            json.name("inputs")
            json.array { json in write(InferenceRequest.input, "BYTES", [-1], to: &json) }
            json.name("outputs")
            json.array { json in
                for output in InferenceOutput.allCases {
                    write(output.rawValue, output.datatype, output.shape(images: -1, objects: -1), to: &json)
                }
            }
        }
    }

    private static func write(_ name: String, _ datatype: String, _ shape: [Int], to json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            json.member("datatype", datatype)
            json.name("shape")
            json.array { json in for side in shape { json.integer(side) } }
        }
    }

    /// The same as Triton's configuration of a model, whose shapes hold the batch (`max_batch_size` 0).
    static func configuration(of model: LoadedModel) -> Response {
        func write(_ name: String, _ type: String, _ shape: [Int], to json: inout JSONWriter) {
            json.object { json in
                json.member("name", name)
                json.member("data_type", type)
                json.name("dims")
                json.array { json in for side in shape { json.integer(side) } }
            }
        }
        return response { json in
            json.member("name", model.name)
            json.member("platform", platform)
            json.member("backend", platform)
            json.member("max_batch_size", 0)
            json.name("input")
            json.array { json in write(InferenceRequest.input, "TYPE_STRING", [-1], to: &json) }
            json.name("output")
            json.array { json in
                for output in InferenceOutput.allCases {
                    write(
                        output.rawValue, "TYPE_" + output.datatype, output.shape(images: -1, objects: -1), to: &json)
                }
            }
        }
    }

    private static func response(_ write: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter()
        json.object(write)
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }
}

extension JSONWriter {
    /// Writes a member that is true or false.
    fileprivate mutating func truth(_ name: StaticString, _ value: Bool) {
        self.name(name)
        boolean(value)
    }
}
