import Detectors
import HTTP
import JSON
import MultiBox

/// The answer to an inference: JSON of the tensors that were asked for, and behind it the bytes of those that are wanted so.
struct InferenceAnswer: AnswerWriter {
    let id: String?
    let outputs: [WantedOutput]
    let coordinates: BoxCoordinates

    var showsPhotos: Bool { false }

    /// - Throws: the failure of the first image that has one: the protocol has no place for it beside tensors.
    func response(to results: DetectionResults) throws(ServiceError) -> Response {
        var images: [FoundImage] = []
        for result in results.images { images.append(try result.get()) }
        let objects = images.map(\.detections.count).max() ?? 0
        var binary: [UInt8] = []
        var json = JSONWriter(reserving: 1024)
        json.object { json in
            json.member("model_name", results.model.name)
            json.member("model_version", results.model.engine.model.version)
            if let id { json.member("id", id) }
            json.name("outputs")
            json.array { json in
                for wanted in outputs {
                    let output = wanted.output
                    json.object { json in
                        json.member("name", output.rawValue)
                        json.member("datatype", output.datatype)
                        json.name("shape")
                        json.array { json in
                            for side in output.shape(images: images.count, objects: objects) { json.integer(side) }
                        }
                        let start = binary.count
                        if wanted.isBinary {
                            for value in values(of: output, images, objects) { value.write(to: &binary) }
                            json.name("parameters")
                            json.object { $0.member("binary_data_size", binary.count - start) }
                        } else {
                            json.name("data")
                            json.array { json in
                                for value in values(of: output, images, objects) { value.write(to: &json) }
                            }
                        }
                    }
                }
            }
        }
        let header = json.finish(lineFeed: false)
        guard outputs.contains(where: \.isBinary) else {
            return Response(contentType: AnswerFormat.json.mediaType, body: header)
        }
        return Response(
            contentType: "application/octet-stream",
            headers: [AnswerField.inferenceHeaderLength.rawValue: String(header.count)], body: header + binary)
    }
    /// The elements of a tensor, row by row.
    private func values(of output: InferenceOutput, _ images: [FoundImage], _ objects: Int) -> [TensorValue] {
        images.flatMap { image -> [TensorValue] in
            let missing = objects - image.detections.count
            func fill(_ value: TensorValue, _ count: Int) -> [TensorValue] { Array(repeating: value, count: count) }
            switch output {
            case .boxes: return image.detections.flatMap { edges(of: $0, in: image) } + fill(.number(0), 4 * missing)
            case .scores: return image.detections.map { .number($0.score) } + fill(.number(0), missing)
            case .classIDs: return image.detections.map { .integer($0.classIndex) } + fill(.integer(-1), missing)
            case .numDetections: return [.integer(image.detections.count)]
            }
        }
    }

    private func edges(of detection: Detection, in image: FoundImage) -> [TensorValue] {
        switch coordinates {
        case .pixel:
            let box = image.pixels(detection.box)
            return [box.xmin, box.ymin, box.xmax, box.ymax].map { .number(Float($0)) }
        case .relative:
            let box = detection.box.clipped()
            return [box.xmin, box.ymin, box.xmax, box.ymax].map { .number($0) }
        }
    }
}
