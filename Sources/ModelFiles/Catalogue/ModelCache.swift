import Platform

/// The folder of models that were fetched: `$XDG_CACHE_HOME/multibox/models`, else `~/.cache/multibox/models` (the XDG Base
/// Directory Specification), with a folder for each that has its name.
public struct ModelCache: Sendable {
    /// Where it is, whether or not there is something yet.
    public let folder: String

    /// How much of a model is there.
    public enum State: Sendable, Hashable {
        /// Nothing.
        case absent
        /// So many bytes of what is fetched.
        case partial(bytes: Int)
        /// The model file, of so many bytes.
        case cached(bytes: Int)
    }

    /// The cache of whoever has this environment; nil if that names neither a cache nor a home. What is not absolute does not
    /// count, as the specification says.
    public init?(environment: [String: String]) {
        func absolute(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        guard let base = absolute("XDG_CACHE_HOME") ?? absolute("HOME").map({ Self.joined($0, ".cache") }) else {
            return nil
        }
        folder = Self.joined(base, "multibox/models")
    }

    /// The folder of a model.
    public func folder(of entry: CatalogueEntry) -> String { Self.joined(folder, entry.name) }

    /// Where a model's file is once it is there.
    public func modelPath(of entry: CatalogueEntry) -> String { Self.joined(folder(of: entry), entry.modelName) }

    /// Where what lies at a model's address is once it is there: the model file, or the archive that holds it.
    public func filePath(of entry: CatalogueEntry) -> String { Self.joined(folder(of: entry), entry.fileName) }

    /// Where the digests of a model's files are.
    public func digestsPath(of entry: CatalogueEntry) -> String {
        Self.joined(folder(of: entry), PinnedDigests.fileName)
    }

    /// How much of a model is there.
    public func state(of entry: CatalogueEntry) -> State {
        if let status = FileStatus(modelPath(of: entry)), status.kind == .regular { return .cached(bytes: status.size) }
        guard let status = FileStatus(filePath(of: entry) + ResumableFile.suffix), status.size > 0 else {
            return .absent
        }
        return .partial(bytes: status.size)
    }

    /// The digests that a model's files had when they came.
    public func digests(of entry: CatalogueEntry) throws(ModelFileError) -> PinnedDigests {
        try PinnedDigests(path: digestsPath(of: entry))
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
