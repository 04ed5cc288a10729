/// What a file may ask of the decoder. Every limit is checked on the headers, before memory is taken or work begins.
public struct ImageLimits: Sendable, Hashable {
    /// Width × height, in pixels. A picture takes three bytes a pixel; while it is decoded or turned twice that,
    /// and up to five times for a progressive JPEG of four components.
    public var maximumPixels: Int
    /// The longer side, in pixels.
    public var maximumDimension: Int
    /// Scans of a JPEG. Encoders in use write about ten; each scan costs work for the whole picture, however few bytes
    /// it takes, so that a small file with many of them is a bomb.
    public var maximumScans: Int
    /// Samples that all the scans of a JPEG visit together: width × height × components of the scan, summed. This
    /// bounds the time of a large progressive picture, which the number of scans alone does not: the default, to about
    /// two seconds where nothing else runs.
    public var maximumScanSamples: Int
    /// Decoded bytes (three a pixel) for each byte of the file, for pictures of more than `maximumExpandedPixels`. A
    /// photo's is about 10; a small file that claims a huge picture is a bomb, and would make a cheap request costly.
    public var maximumExpansion: Int
    /// Pixels that any file may claim, however small it is: blank pictures exist.
    public var maximumExpandedPixels: Int

    /// Limits that let every picture of a present-day camera through.
    public init(
        maximumPixels: Int = 50_000_000, maximumDimension: Int = 32_768, maximumScans: Int = 64,
        maximumScanSamples: Int = 1_000_000_000, maximumExpansion: Int = 100, maximumExpandedPixels: Int = 8_000_000
    ) {
        self.maximumPixels = maximumPixels
        self.maximumDimension = maximumDimension
        self.maximumScans = maximumScans
        self.maximumScanSamples = maximumScanSamples
        self.maximumExpansion = maximumExpansion
        self.maximumExpandedPixels = maximumExpandedPixels
    }

    /// Refuses a picture of `size`, in a file of `fileBytes`, that is larger than these limits.
    func check(_ size: ImageSize, fileBytes: Int) throws(ImageError) {
        if max(size.width, size.height) > maximumDimension {
            throw .dimensionTooLarge(width: size.width, height: size.height, limit: maximumDimension)
        }
        let (pixels, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        if overflow || pixels > maximumPixels {
            throw .tooManyPixels(width: size.width, height: size.height, limit: maximumPixels)
        }
        if pixels > maximumExpandedPixels, pixels * 3 / maximumExpansion > fileBytes {
            throw .expandsTooMuch(width: size.width, height: size.height, fileBytes: fileBytes, limit: maximumExpansion)
        }
    }
}
