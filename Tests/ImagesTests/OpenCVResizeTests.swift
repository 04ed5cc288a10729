import Foundation
import Images
import Testing

/// Bytes are resampled as OpenCV's `INTER_LINEAR` does, which answered what the fixture has.
@Suite struct OpenCVResizeTests {
    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        /// Width and height.
        var source: [Int]
        var target: [Int]
        /// The 64-bit FNV-1a hash of the answer's bytes.
        var hash: String
        /// The answer, where it is small.
        var pixels: Data?

        var testDescription: String { "\(source) to \(target)" }
    }

    static func cases() throws -> [Golden] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = folder.appendingPathComponent("../Fixtures/opencv-resize/cases.json")
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    }

    static func picture(_ width: Int, _ height: Int) -> PixelImage {
        var image = PixelImage(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    let value = ((31 * x + 17 * y + 7 * x * y + 59 * channel) * 197) >> 3
                    image[x, y][channel] = UInt8(value % 256)
                }
            }
        }
        return image
    }

    static func hash(_ bytes: [UInt8]) -> String {
        let value = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    @Test(arguments: try cases())
    func sameBytes(_ golden: Golden) {
        let image = Self.picture(golden.source[0], golden.source[1])
        let output = Resampler(width: golden.target[0], height: golden.target[1]).resample(image)
        if let pixels = golden.pixels { #expect(output.pixels.firstDifference(from: [UInt8](pixels)) == nil) }
        #expect(Self.hash(output.pixels) == golden.hash)
    }

    @Test func someAnswersAreThere() throws {
        let cases = try Self.cases()
        #expect(cases.contains { $0.pixels != nil } && cases.contains { $0.pixels == nil })
    }
}
