import HTTP
import JSON
import MultiBox

/// Detections as JSON, in the one form that clients know.
struct DetectionAnswer {
    /// The request's identifier.
    let id: String
    /// The model that found them.
    let model: LoadedModel
    /// The unit of the boxes.
    let coordinates: BoxCoordinates

    /// The answer to a request of one image.
    func response(_ image: FoundImage, total: Duration) -> Response {
        var json = JSONWriter(reserving: 256 + image.detections.count * 160)
        json.object { json in
            writeHead(to: &json)
            write(image, to: &json)
            json.name("timing_ms")
            json.object { json in
                json.member("decode", image.times.decode.milliseconds, decimals: 3)
                json.member("queue", image.times.queue.milliseconds, decimals: 3)
                json.member("inference", image.times.inference.milliseconds, decimals: 3)
                json.member("postprocess", image.times.postprocess.milliseconds, decimals: 3)
                json.member("total", total.milliseconds, decimals: 3)
            }
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
                        case .success(let image): write(image, to: &json)
                        case .failure(let error):
                            json.name("problem")
                            error.problem.write(to: &json, requestID: nil)
                        }
                    }
                }
            }
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }

    private func writeHead(to json: inout JSONWriter) {
        json.member("id", id)
        json.name("model")
        json.object { json in
            json.member("name", model.engine.model.name)
            json.member("version", model.engine.model.version)
        }
    }

    private func write(_ image: FoundImage, to json: inout JSONWriter) {
        json.name("image")
        json.object { json in
            json.member("width", image.size.width)
            json.member("height", image.size.height)
        }
        json.name("detections")
        json.array { json in
            for detection in image.detections {
                json.object { json in
                    json.member("class", model.name(of: detection.classIndex))
                    json.member("class_id", detection.classIndex)
                    json.member("score", Double(detection.score), decimals: 4)
                    json.name("box")
                    write(detection.box, of: image, to: &json)
                }
            }
        }
        image.writeWarnings(to: &json)
    }

    private func write(_ box: CornerBox, of image: FoundImage, to json: inout JSONWriter) {
        json.object { json in
            switch coordinates {
            case .pixel:
                let box = image.pixels(box)
                json.member("xmin", box.xmin, decimals: 2)
                json.member("ymin", box.ymin, decimals: 2)
                json.member("xmax", box.xmax, decimals: 2)
                json.member("ymax", box.ymax, decimals: 2)
            case .relative:
                let box = box.clipped()
                json.member("xmin", Double(box.xmin), decimals: 6)
                json.member("ymin", Double(box.ymin), decimals: 6)
                json.member("xmax", Double(box.xmax), decimals: 6)
                json.member("ymax", Double(box.ymax), decimals: 6)
            }
        }
    }
}
