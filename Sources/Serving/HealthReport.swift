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

    static let schema = Schema.object([
        Schema.Member("status", .word(ServicePhase.allCases.map(\.rawValue)), "Where it is in its life."),
        Schema.Member("version", .text(), "The version of the program."),
        Schema.Member(
            "model", .either([.named(.modelVersion), .null]), "The model in service; null until there is one."),
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
