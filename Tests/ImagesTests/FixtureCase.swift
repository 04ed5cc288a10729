import Testing

/// A fixture with the name that a report shows.
struct FixtureCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]

    /// Those that can be decoded.
    static let all = [
        FixtureCase(testDescription: "baseline JPEG", bytes: Fixture.baselineJPEG),
        FixtureCase(testDescription: "subsampled JPEG", bytes: Fixture.subsampledJPEG),
        FixtureCase(testDescription: "progressive JPEG", bytes: Fixture.progressiveJPEG),
        FixtureCase(testDescription: "JPEG with restart markers", bytes: Fixture.restartJPEG),
        FixtureCase(testDescription: "JPEG of three scans", bytes: Fixture.scansJPEG),
        FixtureCase(testDescription: "RGB JPEG", bytes: Fixture.rgbJPEG),
        FixtureCase(testDescription: "gray JPEG", bytes: Fixture.grayJPEG),
        FixtureCase(testDescription: "CMYK JPEG", bytes: Fixture.cmykJPEG),
        FixtureCase(testDescription: "lossy WebP", bytes: Fixture.lossyWebP),
        FixtureCase(testDescription: "lossless WebP", bytes: Fixture.losslessWebP),
        FixtureCase(testDescription: "WebP with alpha", bytes: Fixture.alphaWebP),
        FixtureCase(testDescription: "PNG", bytes: Fixture.turnedPNG),
        FixtureCase(testDescription: "animated WebP", bytes: Fixture.animatedWebP),
    ]
}
