import HTTP
import Images

/// The upright photo with its detections drawn.
struct AnnotatedPhoto {
    /// Of 100: artefacts are not seen beside drawn lines.
    private static let jpegQuality = 90

    /// The limits under which the photo was decoded before.
    let limits: ImageLimits
    /// The model that found the detections.
    let model: LoadedModel

    /// The picture as the answer to a request. The photo is decoded anew, since its pixels take a hundred times the memory of
    /// its bytes and would have to be kept while it waits for its batch.
    func response(
        _ bytes: ArraySlice<UInt8>, _ found: FoundImage, format: AnswerFormat
    ) throws(ImageError) -> Response {
        var photo = try ImageDecoder(limits: limits).decode(bytes)
        // Backwards, so that the best lies on top.
        let boxes = found.detections.reversed().map { detection in
            let box = found.pixels(detection.box)
            let percent = Int((detection.score * 100).rounded())
            return LabelledBox(
                xmin: Float(box.xmin), ymin: Float(box.ymin), xmax: Float(box.xmax), ymax: Float(box.ymax),
                label: "\(model.name(of: detection.classIndex)) \(percent)%", colorIndex: detection.classIndex)
        }
        BoxPainter().paint(boxes, on: &photo)
        let picture: [UInt8] =
            format == .png
            ? try ImageEncoder.png(photo)
            : try ImageEncoder.jpeg(photo, quality: Self.jpegQuality, subsampling: .none)
        return Response(contentType: format.mediaType, body: picture)
    }
}
