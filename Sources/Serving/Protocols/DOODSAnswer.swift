import Detectors
import HTTP
import JSON
import MultiBox

/// What was found in a photo, as DOODS says it: shares of the photo and percent.
struct DOODSAnswer: AnswerWriter {
    /// Whether it is the picture itself.
    let isPicture: Bool
    /// What the answer repeats.
    var id: String?
    /// What the picture with the detections drawn is written as; nil for none.
    var image: AnswerFormat?
    /// What lets detections through, the whole photo first; none for all of them.
    var regions: [DOODSRegion] = []

    init(isPicture: Bool) { self.isPicture = isPicture }

    var showsPhotos: Bool { image != nil }

    func response(to results: DetectionResults) throws(ServiceError) -> Response {
        let found = try results.first()
        let chosen = choose(of: found, results.model.labels)
        let picture: [UInt8]? =
            if let image {
                try results.picture(
                    of: FoundImage(
                        size: found.size, detections: chosen.map(\.detection), times: found.times,
                        warnings: found.warnings), isPNG: image == .png)
            } else { nil }
        if isPicture, let image, let picture { return Response(contentType: image.mediaType, body: picture) }
        var json = JSONWriter(reserving: 256 + chosen.count * 128 + (picture?.count ?? 0) * 4 / 3)
        json.object { json in
            if let id { json.member("id", id) }
            if let picture {
                json.name("image")
                json.string(Base64.encode(picture))
            }
            json.name("detections")
            json.array { json in
                for (detection, region) in chosen {
                    let box = detection.box.clipped()
                    json.object { json in
                        if let id = region?.id { json.member("region_id", id) }
                        json.member("top", Double(box.ymin), decimals: 6)
                        json.member("left", Double(box.xmin), decimals: 6)
                        json.member("bottom", Double(box.ymax), decimals: 6)
                        json.member("right", Double(box.xmax), decimals: 6)
                        json.member("label", results.model.labels.title(of: detection.classIndex))
                        json.member("confidence", Double(detection.score) * 100, decimals: 4)
                    }
                }
            }
        }
        return Response(contentType: AnswerFormat.json.mediaType, body: json.finish())
    }

    /// The detections that a region lets through, each with the first that does.
    private func choose(
        of found: FoundImage, _ labels: LabelMap
    ) -> [(detection: Detection, region: DOODSRegion?)] {
        guard !regions.isEmpty else { return found.detections.map { ($0, nil) } }
        return found.detections.compactMap { detection in
            let label = labels.title(of: detection.classIndex)
            let box = detection.box.clipped()
            // A label that the whole photo names is not matched by its *, but regions may still take it.
            return regions.first { $0.takes(label, confidence: detection.score * 100, at: box) }
                .map { (detection, $0) }
        }
    }
}
