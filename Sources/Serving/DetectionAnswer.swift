import Detectors
import HTTP
import JSON
import MultiBox

/// The service's own answer to a detection: JSON that says who found it and what was found, a table, or the photo with the
/// boxes drawn.
struct DetectionAnswer: AnswerWriter {
    /// Whether it is a list, even of one.
    var isList = false
    /// What it is written as; no list is written as a picture.
    var format = AnswerFormat.json
    /// The unit of the boxes.
    var coordinates = BoxCoordinates.pixel

    var showsPhotos: Bool { format.showsPhoto }

    func response(to results: DetectionResults) throws(ServiceError) -> Response {
        let body: [UInt8]
        switch format {
        case .json: body = isList ? list(results) : try single(results)
        case .csv: body = try table(results)
        case .jpeg: body = try results.picture(of: try results.first(), isPNG: false)
        case .png: body = try results.picture(of: try results.first(), isPNG: true)
        }
        return Response(contentType: format.contentType, body: body)
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

    /// A line for each detection. Of one image its problem is the answer, of several each has its own.
    private func table(_ results: DetectionResults) throws(ServiceError) -> [UInt8] {
        if !isList { _ = try results.first() }
        var table = DetectionTable(labels: results.model.labels, coordinates: coordinates, isList: isList)
        for (place, image) in results.images.enumerated() { table.add(image, at: place) }
        return table.bytes
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
