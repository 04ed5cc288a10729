import HTTP
import JSON
import Networks

/// The state of the service as a person asks for it (`/healthz`).
struct HealthReport {
    let phase: ServicePhase
    let model: DetectionModel?
    let version: String
    let uptime: Duration
    let queuedImages: Int
    let maximumQueuedImages: Int
    let queuedBytes: Int
    /// Each of the models with what waits for it, where there may be several; nil where there is one.
    let models: [(model: ServedModel, held: Admission.Held)]?

    /// As JSON; the status is that of `/readyz`.
    func response() -> Response {
        var json = JSONWriter()
        json.object { json in
            json.member("status", phase.rawValue)
            json.member("version", version)
            json.name("model")
            if let model {
                json.object { json in
                    json.member("name", model.name)
                    json.member("version", model.version)
                }
            } else {
                json.null()
            }
            if let models { write(models, to: &json) }
            json.member("uptime_seconds", uptime.milliseconds / 1000, decimals: 3)
            json.name("queue")
            json.object { json in
                json.member("images", queuedImages)
                json.member("maximum_images", maximumQueuedImages)
                json.member("bytes", queuedBytes)
            }
        }
        let isReady = phase == .ready
        return Response(
            status: isReady ? .ok : .serviceUnavailable, contentType: "application/json",
            headers: isReady ? [:] : [AnswerField.retryAfter.rawValue: "1"], body: json.finish())
    }

    private func write(_ models: [(model: ServedModel, held: Admission.Held)], to json: inout JSONWriter) {
        json.name("models")
        json.array { json in
            for (model, held) in models {
                json.object { json in
                    json.member("name", model.name)
                    json.name("version")
                    if let loaded = model.model { json.string(loaded.engine.model.version) } else { json.null() }
                    json.member("state", model.state.rawValue)
                    json.name("queue")
                    json.object { json in
                        json.member("images", held.images)
                        json.member("bytes", held.bytes)
                    }
                }
            }
        }
    }

    static let schema = Schema.object([
        Schema.Member("status", .word(ServicePhase.allCases.map(\.rawValue)), "Where it is in its life."),
        Schema.Member("version", .text(), "The version of the program."),
        Schema.Member(
            "model", .either([.named(.modelVersion), .null]),
            "The model in service, the first of several; null until it is there."),
        Schema.Member(
            "models",
            .array(
                .object([
                    Schema.Member("name", .text(), "Its name."),
                    Schema.Member("version", .either([.text(), .null]), "What changes when its weights do."),
                    Schema.Member("state", .word(ModelState.allCases.map(\.rawValue)), ModelState.text),
                    Schema.Member(
                        "queue",
                        .object([
                            Schema.Member("images", .integer(Schema.anyCount), "Photos that wait for it."),
                            Schema.Member("bytes", .integer(Schema.anyCount), "Bytes that requests for it hold."),
                        ]), "What waits for it."),
                ]), count: Schema.anyCount), "Each of the models, where several are served.", isRequired: false),
        Schema.Member("uptime_seconds", .number(Schema.positive), "For how long it has run."),
        Schema.Member(
            "queue",
            .object([
                Schema.Member("images", .integer(Schema.anyCount), "Photos that wait."),
                Schema.Member("maximum_images", .integer(1...Int.max), "Photos that may wait."),
                Schema.Member("bytes", .integer(Schema.anyCount), "Bytes that unanswered requests hold."),
            ]), "What waits."),
    ])
}
