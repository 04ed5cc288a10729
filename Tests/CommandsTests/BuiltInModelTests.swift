import Foundation
import Images
import TestSupport
import Testing

/// The service without a model of one's own.
@Suite(.endToEnd)
struct BuiltInModelTests {
    private static var sample: String { Program.repository + "/Sources/CPage/sample.jpg" }

    private static var picture: [UInt8] {
        get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: sample))) }
    }

    @Test(
        "serve without --model finds what the sample picture shows, and says what it detects and how to serve another")
    func serve() throws {
        let server = try ServerProcess(listeningWith: ["--log-format", "json"])
        _ = try server.event("ready")
        let event = try server.event("the built-in model is in service")
        #expect(event["other"]?.contains("--model FILE") == true)
        #expect(event["detects"] == "person, car, motorcycle, bus, truck, cat, dog, horse, sheep, cow")
        let picture = try Self.picture
        #expect(picture.count < 64 << 10)
        let decoded = try ImageDecoder().decode(picture)
        let scene = try SampleScene.read()
        #expect(decoded.width == scene.image.width && decoded.height == scene.image.height)
        #expect(scene.objects.count >= 3)
        let reply = try server.ask(body: picture)
        #expect(reply.status == 200)
        let found = try reply.detections
        for thing in scene.objects {
            let box = [thing.box.xmin, thing.box.ymin, thing.box.xmax, thing.box.ymax]
            let best = found.filter { $0.label == thing.class }.map { Self.overlap($0.box, box) }.max() ?? 0
            #expect(best > 0.7, "\(thing)")
        }
        #expect(found.count == scene.objects.count)
    }

    @Test("detect, evaluate and models info need no model either")
    func commands() throws {
        let detect = try CommandRun(["detect", Self.sample, "--format", "json"])
        #expect(detect.exit == .status(0) && detect.text.contains("\"dog\""), "\(detect.errors)")
        let labels = try CommandRun(["detect", Self.sample, "--labels", "x"])
        #expect(labels.exit == .status(2) && labels.errors.contains("--labels goes with --model"))
        let info = try CommandRun(["models", "info"])
        #expect(info.exit == .status(0) && info.text.contains("everyday"), "\(info.errors)")
    }

    private static func overlap(_ a: [Double], _ b: [Double]) -> Double {
        let width = min(a[2], b[2]) - max(a[0], b[0])
        let height = min(a[3], b[3]) - max(a[1], b[1])
        guard width > 0, height > 0 else { return 0 }
        func area(_ box: [Double]) -> Double { (box[2] - box[0]) * (box[3] - box[1]) }
        return width * height / (area(a) + area(b) - width * height)
    }
}
