import Foundation
import Images
import TestSupport
import Testing

/// A detector that `train` made from random weights, of another architecture than the built-in one.
@Suite(.endToEnd)
struct BloodSmearTests {
    @Test("The drawn smear is the picture that lies here, and its cells are found")
    func cells() throws {
        let fixtures = Program.repository + "/Tests/Fixtures/"
        let smear = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixtures + "blood-smear.jpg")))
        let decoded = try ImageDecoder().decode(smear)
        #expect(decoded.width == BloodSmear.width && decoded.height == BloodSmear.height)
        let drawn = BloodSmear.pixels()
        let difference = zip(decoded.pixels, drawn).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(Double(difference) / Double(drawn.count) < 4)
        let run = try CommandRun([
            "detect", "--model", fixtures + "blood-cells.safetensors", "--format", "csv", fixtures + "blood-smear.jpg",
        ])
        #expect(run.exit == .status(0), "\(run.errors)")
        for cell in BloodSmear.cells {
            #expect(run.lines.contains { $0.contains(",\(cell.kind.rawValue),") }, "\(cell)")
        }
        #expect(run.lines.count - 1 <= BloodSmear.cells.count + 1)
    }
}
