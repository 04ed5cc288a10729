import Detectors
import HTTP
import JSON

/// What was found in a photo, as DeepStack and CodeProject.AI say it.
struct DeepStackAnswer: AnswerWriter {
    /// What CodeProject.AI calls what was asked for.
    let command: String

    var showsPhotos: Bool { false }

    func response(to results: DetectionResults) throws(ServiceError) -> Response {
        let image = try results.first()
        let labels = results.model.labels
        var json = JSONWriter(reserving: 512 + image.detections.count * 128)
        json.object { json in
            json.name("success")
            json.boolean(true)
            let names = image.detections.map { labels.title(of: $0.classIndex) }
            json.member("message", names.isEmpty ? "No objects found" : "Found " + names.joined(separator: ", "))
            json.name("predictions")
            json.array { json in
                for (detection, name) in zip(image.detections, names) {
                    let box = image.pixels(detection.box)
                    json.object { json in
                        json.member("label", name)
                        json.member(
                            "confidence", Double(detection.score), decimals: DetectionWriter.scoreDecimals)
                        json.member("x_min", Int(box.xmin.rounded()))
                        json.member("y_min", Int(box.ymin.rounded()))
                        json.member("x_max", Int(box.xmax.rounded()))
                        json.member("y_max", Int(box.ymax.rounded()))
                    }
                }
            }
            json.member("count", image.detections.count)
            json.member("command", command)
            json.member("moduleId", "multibox")
            json.member("executionProvider", "CPU")
            json.name("canUseGPU")
            json.boolean(false)
            json.member("inferenceMs", Int(image.times.inference.milliseconds.rounded()))
            json.member("processMs", Int(image.times.total.milliseconds.rounded()))
            json.member("analysisRoundTripMs", Int(results.total.milliseconds.rounded()))
            json.member("duration", results.total.milliseconds / 1000, decimals: 6)
            json.member("code", StatusCode.ok.code)
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }
}
