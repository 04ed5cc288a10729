import Images
import MultiBox

/// From a box in pixels, as an annotation has it, to one normalised to the photo; or what is wrong with it.
package enum BoxNormalization {
    /// A box reaching out by no more than this, in pixels, is a matter of how pixels are counted, not worth a report.
    static let tolerance = 1.0

    /// - Parameters:
    ///   - left: Edges in continuous pixel coordinates: the photo is 0...width by 0...height.
    ///   - written: The corners as the file has them, for the report.
    package static func box(
        left: Double, top: Double, right: Double, bottom: Double, size: ImageSize,
        written: (Double, Double, Double, Double)
    ) -> (box: CornerBox?, problem: DatasetProblem.Kind?) {
        let (xmin, ymin, xmax, ymax) = written
        let (width, height) = (Double(size.width), Double(size.height))
        guard right > left, bottom > top else {
            return (nil, .degenerateBox(xmin: xmin, ymin: ymin, xmax: xmax, ymax: ymax))
        }
        let box = CornerBox(
            xmin: Float(max(left, 0) / width), ymin: Float(max(top, 0) / height),
            xmax: Float(min(right, width) / width),
            ymax: Float(min(bottom, height) / height))
        // In single precision too: what is left inside may have vanished.
        guard box.area > 0 else { return (nil, .outsideImage(xmin: xmin, ymin: ymin, xmax: xmax, ymax: ymax)) }
        let excess = max(-left, -top, right - width, bottom - height)
        return (box, excess > tolerance ? .cutOff(xmin: xmin, ymin: ymin, xmax: xmax, ymax: ymax) : nil)
    }
}
