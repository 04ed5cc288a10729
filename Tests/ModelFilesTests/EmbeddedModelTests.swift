import ModelFiles
import Engine
import Testing

/// The detector that is part of the program.
@Suite struct EmbeddedModelTests {
    @Test("It is sound, small, and says what it is")
    func load() throws {
        let model = try EmbeddedModel.load()
        #expect(model.name == "everyday" && model.architecture == "ssdlite-mobilenetv2-fpn")
        #expect(
            model.labels.names.compactMap { $0 } == [
                "person", "car", "motorcycle", "bus", "truck", "cat", "dog", "horse", "sheep", "cow",
            ])
        #expect(model.preprocessing.width == 320 && model.preprocessing.height == 320)
        // Photos that people have are larger than those that it learned from.
        #expect(model.preprocessing.interpolation == .antialiased)
        #expect(model.provenance.contains { $0.name == "validation AP50" })
        #expect(EmbeddedModel.isThere && EmbeddedModel.size <= 6_000_000)
        _ = try InferenceEngine(model: model)
    }

    @Test("Written again, it is the same file")
    func roundTrip() throws {
        let model = try EmbeddedModel.load()
        #expect(try ModelFile.bytes(of: model).count == EmbeddedModel.size)
    }
}
