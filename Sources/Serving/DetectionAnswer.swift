import Detectors
import HTTP
import JSON
import MultiBox

/// The JSON that answers a request: who found it, what was found.
struct DetectionAnswer {
    /// The request's identifier.
    let id: String
    /// The model that found them.
    let model: LoadedModel
    private let coordinates: BoxCoordinates
    private let writer: DetectionWriter

    init(id: String, model: LoadedModel, coordinates: BoxCoordinates) {
        self.id = id
        self.model = model
        self.coordinates = coordinates
        writer = DetectionWriter(labels: model.labels, coordinates: coordinates)
    }

    /// The answer to a request of one image.
    func response(_ image: FoundImage, total: Duration) -> Response {
        var json = JSONWriter(reserving: 256 + image.detections.count * 160)
        json.object { json in
            writeHead(to: &json)
            writer.write(image, to: &json)
            image.times.write(to: &json, total: total)
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }

    /// The answer to a request of a list: each image with its detections or its own problem, in the order sent.
    func response(_ images: [Result<FoundImage, ServiceError>]) -> Response {
        var json = JSONWriter(reserving: 4096)
        json.object { json in
            writeHead(to: &json)
            json.name("results")
            json.array { json in
                for image in images {
                    json.object { json in
                        switch image {
                        case .success(let image): writer.write(image, to: &json)
                        case .failure(let error):
                            json.name("problem")
                            error.problem.write(to: &json)
                        }
                    }
                }
            }
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }

    /// The answer as a table.
    ///
    /// - Parameter isList: whether it is to a request of a list; else there is one image, and it did not fail.
    func table(_ images: [Result<FoundImage, ServiceError>], isList: Bool) -> Response {
        var table = DetectionTable(labels: model.labels, coordinates: coordinates, isList: isList)
        for (place, image) in images.enumerated() { table.add(image, at: place) }
        return Response(contentType: AnswerFormat.csv.contentType, body: table.bytes)
    }

    private func writeHead(to json: inout JSONWriter) {
        json.member("id", id)
        json.name("model")
        json.object { json in
            json.member("name", model.engine.model.name)
            json.member("version", model.engine.model.version)
        }
    }
}
