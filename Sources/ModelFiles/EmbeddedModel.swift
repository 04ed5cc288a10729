import CDefaultModel
import Networks

/// The detector that is part of the program.
public enum EmbeddedModel {
    /// Whether there is one: a program can be built without.
    public static var isThere: Bool { size > 0 }

    /// The detector.
    ///
    /// - Throws: if none is built in, or if the file that was built in is not one.
    public static func load() throws(ModelFileError) -> DetectionModel {
        guard isThere else { throw .noBuiltInModel }
        return try ModelFile.safetensors(bytes)
    }

    /// The size of its file, in bytes; 0 where none is built in.
    public static var size: Int { default_model_size() }

    /// Its file.
    static var bytes: [UInt8] {
        Array(UnsafeBufferPointer(start: default_model_bytes(), count: default_model_size()))
    }
}
