import HTTP
import Images

/// The upright photo with its detections drawn.
package struct AnnotatedPhoto {
    /// Of 100: artefacts are not seen beside drawn lines.
    private static let jpegQuality = 90

    /// The limits under which the photo was decoded before.
    private let limits: ImageLimits

    /// Draws on photos within these limits.
    package init(limits: ImageLimits) { self.limits = limits }

    /// The picture as the answer to a request.
    func response(
        _ bytes: ArraySlice<UInt8>, _ found: FoundImage, format: AnswerFormat, nameOfClass: (Int) -> String
    ) throws(ImageError) -> Response {
        Response(
            contentType: format.mediaType,
            body: try picture(bytes, found, isPNG: format == .png, nameOfClass: nameOfClass))
    }

    /// The picture as a PNG or JPEG file. The photo is decoded anew, since its pixels take a hundred times the memory of
    /// its bytes and would have to be kept while it waits for its batch.
    package func picture(
        _ bytes: ArraySlice<UInt8>, _ found: FoundImage, isPNG: Bool, nameOfClass: (Int) -> String
    ) throws(ImageError) -> [UInt8] {
        var photo = try ImageDecoder(limits: limits).decode(bytes)
        // Backwards, so that the best lies on top.
        let boxes = found.detections.reversed().map { detection in
            let box = found.pixels(detection.box)
            let percent = Int((detection.score * 100).rounded())
            return LabelledBox(
                xmin: Float(box.xmin), ymin: Float(box.ymin), xmax: Float(box.xmax), ymax: Float(box.ymax),
                label: "\(nameOfClass(detection.classIndex)) \(percent)%", colorIndex: detection.classIndex)
        }
        BoxPainter().paint(boxes, on: &photo)
        return isPNG
            ? try ImageEncoder.png(photo)
            : try ImageEncoder.jpeg(photo, quality: Self.jpegQuality, subsampling: .none)
    }
}
