import CDefaultModel
import Networks

/// The detector that is part of the program.
public enum EmbeddedModel {
    /// What it is for, in half a sentence.
    public static let subject = "blood cells under a microscope"

    /// The detector.
    ///
    /// - Throws: if the file that was built in is not one, which tests rule out.
    public static func load() throws(ModelFileError) -> DetectionModel { try ModelFile.safetensors(bytes) }

    /// The size of its file, in bytes.
    public static var size: Int { default_model_size() }

    /// Its file.
    static var bytes: [UInt8] {
        Array(UnsafeBufferPointer(start: default_model_bytes(), count: default_model_size()))
    }
}
