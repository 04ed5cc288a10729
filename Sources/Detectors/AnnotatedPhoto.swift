import Images
import MultiBox

/// The upright photo with its detections drawn.
package struct AnnotatedPhoto {
    /// Of 100: artefacts are not seen beside drawn lines.
    private static let jpegQuality = 90

    /// The limits under which the photo was decoded before.
    private let limits: ImageLimits
    private let labels: LabelMap

    /// Draws on photos within these limits.
    package init(limits: ImageLimits, labels: LabelMap) {
        self.limits = limits
        self.labels = labels
    }

    /// The picture as a PNG or JPEG file. The photo is decoded anew, since its pixels take a hundred times the memory of
    /// its bytes and would have to be kept while it waits for its batch.
    package func picture(
        _ bytes: ArraySlice<UInt8>, _ found: FoundImage, isPNG: Bool
    ) throws(ImageError) -> [UInt8] {
        var photo = try ImageDecoder(limits: limits).decode(bytes)
        // Backwards, so that the best lies on top.
        let boxes = found.detections.reversed().map { detection in
            let box = found.pixels(detection.box)
            let percent = Int((detection.score * 100).rounded())
            return LabelledBox(
                xmin: Float(box.xmin), ymin: Float(box.ymin), xmax: Float(box.xmax), ymax: Float(box.ymax),
                label: "\(labels.title(of: detection.classIndex)) \(percent)%", colorIndex: detection.classIndex)
        }
        BoxPainter().paint(boxes, on: &photo)
        return isPNG
            ? try ImageEncoder.png(photo)
            : try ImageEncoder.jpeg(photo, quality: Self.jpegQuality, subsampling: .none)
    }
}
