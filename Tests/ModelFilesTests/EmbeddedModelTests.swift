import ModelFiles
import Engine
import Testing

/// The detector that is part of the program.
@Suite struct EmbeddedModelTests {
    @Test("It is sound, small, and says what it is")
    func load() throws {
        let model = try EmbeddedModel.load()
        #expect(model.name == "blood-cells" && model.architecture == "small-ssd300")
        #expect(model.labels.names.compactMap { $0 } == ["Platelets", "RBC", "WBC"])
        #expect(model.preprocessing.width == 300 && model.preprocessing.height == 300)
        #expect(model.provenance.contains { $0.name == "validation AP50" })
        #expect(EmbeddedModel.size <= 4_000_000)
        _ = try InferenceEngine(model: model)
    }

    @Test("Written again, it is the same file")
    func roundTrip() throws {
        let model = try EmbeddedModel.load()
        #expect(try ModelFile.bytes(of: model).count == EmbeddedModel.size)
    }
}
