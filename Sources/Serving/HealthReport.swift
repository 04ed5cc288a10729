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
            headers: isReady ? [:] : ["Retry-After": "1"], body: json.finish())
    }
}
