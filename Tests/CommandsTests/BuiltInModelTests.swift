import Foundation
import Images
import TestSupport
import Testing

/// The service without a model of one's own.
@Suite(.endToEnd)
struct BuiltInModelTests {
    private static var smear: [UInt8] {
        get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture))) }
    }

    private static var fixture: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/blood-smear.jpg").path
    }

    @Test("The sample picture is the one that is drawn")
    func sample() throws {
        let decoded = try ImageDecoder().decode(try Self.smear)
        #expect(decoded.width == BloodSmear.width && decoded.height == BloodSmear.height)
        let drawn = BloodSmear.pixels()
        let difference = zip(decoded.pixels, drawn).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(Double(difference) / Double(drawn.count) < 4)
        #expect(try Self.smear.count < 64 << 10)
    }

    @Test("serve without --model finds the cells of the sample picture, and says how to serve another model")
    func serve() throws {
        let server = try ServerProcess(listeningWith: ["--log-format", "json"])
        _ = try server.event("ready")
        #expect(try server.event("the built-in model is in service")["other"]?.contains("--model FILE") == true)
        let reply = try server.ask(body: try Self.smear)
        #expect(reply.status == 200)
        let found = try reply.detections
        for cell in BloodSmear.cells {
            let best = found.filter { $0.label == cell.kind.rawValue }.map { Self.overlap($0.box, cell.box) }.max() ?? 0
            // The annotators left room around platelets, and the picture's have sharp edges.
            #expect(best > (cell.kind == .platelet ? 0.3 : 0.5), "\(cell)")
        }
        #expect(found.count <= BloodSmear.cells.count + 1)
    }

    @Test("detect, evaluate and models info need no model either")
    func commands() throws {
        let detect = try CommandRun(["detect", Self.fixture, "--format", "json"])
        #expect(detect.exit == .status(0) && detect.text.contains("\"WBC\""), "\(detect.errors)")
        let labels = try CommandRun(["detect", Self.fixture, "--labels", "x"])
        #expect(labels.exit == .status(2) && labels.errors.contains("--labels goes with --model"))
        let info = try CommandRun(["models", "info"])
        #expect(info.exit == .status(0) && info.text.contains("blood-cells"), "\(info.errors)")
    }

    private static func overlap(_ a: [Double], _ b: [Double]) -> Double {
        let width = min(a[2], b[2]) - max(a[0], b[0])
        let height = min(a[3], b[3]) - max(a[1], b[1])
        guard width > 0, height > 0 else { return 0 }
        func area(_ box: [Double]) -> Double { (box[2] - box[0]) * (box[3] - box[1]) }
        return width * height / (area(a) + area(b) - width * height)
    }
}
