/// What a file may ask of the decoder. Every limit is checked on the headers, before memory is taken or work begins.
public struct ImageLimits: Sendable, Hashable {
    /// Width × height, in pixels.
    public var maximumPixels: Int
    /// The longer side, in pixels.
    public var maximumDimension: Int
    /// Scans of a JPEG. Encoders in use write about ten; each scan costs work for the whole picture, however few bytes
    /// it takes, so that a small file with many of them is a bomb.
    public var maximumScans: Int
    /// Samples that all the scans of a JPEG visit together, beyond `scanSamplesPerPixel` for each pixel. This bounds the
    /// time of a large progressive picture, which the number of scans alone does not.
    public var maximumScanSamples: Int

    /// Bytes of all rows of a PNG of more than four bytes a pixel, which libpng unfilters byte by byte: up to 12.5 ns each
    /// were measured, where three or four bytes a pixel take a fifth.
    public var maximumRowBytes: Int

    /// Samples that the scans of a JPEG visit for each pixel of any picture. Encoders in use need up to 15 where
    /// the colour has a sample for every pixel.
    public var scanSamplesPerPixel = 16
    /// What decoding a picture may take for each byte of its file, in bytes.
    public var memoryPerByte = 100
    /// What it may take for each pixel, in bytes: two copies, as when it is turned.
    public var memoryPerPixel = 6

    /// Limits that let every picture of a present-day camera through.
    public init(
        maximumPixels: Int = 50_000_000, maximumDimension: Int = 32_768, maximumScans: Int = 64,
        maximumScanSamples: Int = 200_000_000, maximumRowBytes: Int = 100_000_000
    ) {
        self.maximumPixels = maximumPixels
        self.maximumDimension = maximumDimension
        self.maximumScans = maximumScans
        self.maximumScanSamples = maximumScanSamples
        self.maximumRowBytes = maximumRowBytes
    }

    /// Limits for files of one's own, which may be large scans and panoramas.
    public static let ofOwnFiles = ImageLimits(
        maximumPixels: 250_000_000, maximumDimension: 65_535, maximumScans: 500, maximumRowBytes: 2_000_000_000)

    /// Refuses a picture of `size` that is larger than these limits.
    package func check(_ size: ImageSize) throws(ImageError) {
        if max(size.width, size.height) > maximumDimension {
            throw .dimensionTooLarge(width: size.width, height: size.height, limit: maximumDimension)
        }
        // Below this no number of bytes of a picture overflows.
        let limit = min(maximumPixels, Int.max >> 10)
        let (pixels, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        if overflow || pixels > limit {
            throw .tooManyPixels(width: size.width, height: size.height, limit: limit)
        }
    }

    /// The most samples that the scans of a JPEG of this size may visit.
    func maximumScanSamples(of size: ImageSize) -> Int {
        let (sum, overflow) = maximumScanSamples.addingReportingOverflow(
            scanSamplesPerPixel * size.width * size.height)
        return overflow ? .max : sum
    }

    /// What any picture may take while it is decoded, in bytes.
    static let baseMemory = 64 << 20
    /// What decoders take beside what grows with the picture: rows, tables and code.
    private static let spareMemory = 16 << 20

    /// Refuses a picture that needs more than `baseMemory` + `memoryPerByte` × bytes of its file + `memoryPerPixel` × pixels.
    /// Only formats whose decoders hold more than the pixels come near that, and of these only large pictures in
    /// files so small that they show nearly nothing.
    ///
    /// - Parameters:
    ///   - bytes: what decoding takes for the picture itself.
    ///   - size: within the limits.
    func checkMemory(_ bytes: Int, of size: ImageSize, fileBytes: Int) throws(ImageError) {
        let limit = Self.baseMemory + memoryPerByte * fileBytes + memoryPerPixel * size.width * size.height
        guard bytes + Self.spareMemory <= limit else {
            throw .tooMuchMemory(
                width: size.width, height: size.height, fileBytes: fileBytes, needed: bytes + Self.spareMemory,
                limit: limit)
        }
    }
}
