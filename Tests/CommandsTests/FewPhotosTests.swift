import Foundation
import TestSupport
import Testing

/// Training on a handful of photos, with the built-in model and without.
@Suite(.endToEnd)
struct FewPhotosTests {
    private let folder: TemporaryFolder

    /// The sample picture as a dataset to train on; and, under another name, one to evaluate on whose boxes are right or far off.
    init() throws {
        folder = try TemporaryFolder()
        let sample = Program.repository + "/Sources/CPage/sample.jpg"
        let picture = [UInt8](try Data(contentsOf: URL(fileURLWithPath: sample)))
        for name in ["seen", "unseen"] { try folder.write("data/images/\(name).jpg", picture) }
        let scene = try SampleScene.read()
        try folder.write("data/instances_train.json", scene.annotations(file: "seen.jpg"))
        try folder.write("data/instances_right.json", scene.annotations(file: "unseen.jpg"))
        try folder.write("data/instances_wrong.json", scene.annotations(file: "unseen.jpg", moved: true))
    }

    private func train(_ output: String, _ more: [String]) throws -> CommandRun {
        try CommandRun(
            ["train", "--data", folder.path + "/data", "--output", folder.path + "/" + output, "--epochs", "1"] + more)
    }

    @Test("Who finds much more on the photos of the training than on others is told so")
    func memorizing() throws {
        // It knows the sample, and so small a step takes nothing of that away.
        let still = ["--learning-rate", "1e-9", "--split", "train", "--validation-split"]
        let right = try train("right", still + ["right"])
        #expect(right.exit == .status(0) && !right.errors.contains("by heart"), "\(right.errors)")
        let wrong = try train("wrong", still + ["wrong"])
        #expect(wrong.exit == .status(0) && wrong.errors.contains("it knows these by heart"), "\(wrong.errors)")
        #expect(wrong.errors.contains(/AP50 (0\.[5-9]\d|1\.00)\) than on others \(0\.[01]/), "\(wrong.errors)")
    }

    @Test("Few photos begin with the built-in model, or by wish with nothing")
    func beginnings() throws {
        let built = try train("built", ["--split", "train", "--validation-split", "none"])
        #expect(
            built.exit == .status(0) && built.errors.contains("begins with 93 of 93 layers of built-in"),
            "\(built.errors)")
        let none = try train("none", ["--split", "train", "--validation-split", "none", "--init", "none"])
        #expect(none.exit == .status(0) && !none.errors.contains("begins with"), "\(none.errors)")
        func settings(_ run: String) throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(try folder.bytes(run + "/settings.json"))) as? [String: Any]
                ?? [:]
        }
        let (with, without) = (try settings("built"), try settings("none"))
        #expect(
            with["initialModel"] as? String == "built-in"
                && with["architecture"] as? String == "ssdlite-mobilenetv2-fpn")
        #expect(without["initialModel"] == nil && without["architecture"] as? String == "small-ssd300")
        #expect((with["frozen"] as? [String])?.isEmpty == false && (without["frozen"] as? [String])?.isEmpty == true)
    }
}
