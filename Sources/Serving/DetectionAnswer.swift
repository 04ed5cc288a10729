import Detectors
import HTTP
import JSON
import MultiBox

/// The service's own answer to a detection: JSON that says who found it and what was found, or the photo with the boxes
/// drawn.
struct DetectionAnswer: AnswerWriter {
    /// Whether it is a list, even of one.
    var isList = false
    /// What it is written as; no list is written as a picture.
    var format = AnswerFormat.json
    /// The unit of the boxes.
    var coordinates = BoxCoordinates.pixel

    var showsPhotos: Bool { format != .json }

    func response(to results: DetectionResults) throws(ServiceError) -> Response {
        let body: [UInt8]
        switch format {
        case .json: body = isList ? list(results) : try single(results)
        case .jpeg: body = try results.picture(of: try results.first(), isPNG: false)
        case .png: body = try results.picture(of: try results.first(), isPNG: true)
        }
        return Response(contentType: format.mediaType, body: body)
    }

    private func single(_ results: DetectionResults) throws(ServiceError) -> [UInt8] {
        let image = try results.first()
        var json = JSONWriter(reserving: 256 + image.detections.count * 160)
        json.object { json in
            writeHead(results, to: &json)
            writer(results).write(image, to: &json)
            image.times.write(to: &json, total: results.total)
        }
        return json.finish()
    }

    /// Each image with its detections or its own problem, in the order sent.
    private func list(_ results: DetectionResults) -> [UInt8] {
        let writer = writer(results)
        var json = JSONWriter(reserving: 4096)
        json.object { json in
            writeHead(results, to: &json)
            json.name("results")
            json.array { json in
                for image in results.images {
                    json.object { json in
                        switch image {
                        case .success(let image): writer.write(image, to: &json)
                        case .failure(let error):
                            json.name("problem")
                            error.problem.write(to: &json, requestID: nil)
                        }
                    }
                }
            }
        }
        return json.finish()
    }

    private func writer(_ results: DetectionResults) -> DetectionWriter {
        DetectionWriter(labels: results.model.labels, coordinates: coordinates)
    }

    private func writeHead(_ results: DetectionResults, to json: inout JSONWriter) {
        json.member("id", results.requestID)
        json.name("model")
        json.object { json in
            json.member("name", results.model.engine.model.name)
            json.member("version", results.model.engine.model.version)
        }
    }
}
