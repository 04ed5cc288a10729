import ArgumentParser
import Images

/// The options that say which photos of one's own are decoded.
struct PhotoArguments: ParsableArguments {
    @Option(help: "The largest photo, in pixels. Default: \(ImageLimits.ofOwnFiles.maximumPixels)")
    var maxPixels: Int?

    @Flag(help: "Refuse photos of which something would be forgiven, such as a missing end, instead of warning.")
    var strictImages = false

    @Option(help: "exact, or fast: large JPEGs are decoded at a fraction of their size.")
    var imageScaling: DCTScaling = .exact

    func validate() throws {
        if let maxPixels, !(1...1 << 30).contains(maxPixels) {
            throw ValidationError("--max-pixels is a number from 1 to \(1 << 30).")
        }
    }

    /// Whether nothing was said.
    var isUntouched: Bool { maxPixels == nil && !strictImages && imageScaling == .exact }

    var decoder: ImageDecoder {
        var limits = ImageLimits.ofOwnFiles
        if let maxPixels { limits.maximumPixels = maxPixels }
        return ImageDecoder(limits: limits, scaling: imageScaling, isStrict: strictImages)
    }
}
