import Foundation
import ModelFiles
import Platform

/// What `--model` and its like name.
enum ModelReference {
    /// The model that is part of the program.
    case builtIn
    /// A file.
    case file(String)
    /// A model of the catalogue that lies in the cache, with the digest that is pinned of it.
    case cached(CatalogueEntry, path: String, digest: String?)

    /// Finds out what a text names: the built-in model, or one of the catalogue, by their names, else a file. Where a file has
    /// such a name of the catalogue, nothing is guessed.
    ///
    /// - Parameter folderCounts: Whether a folder is meant as a file is.
    /// - Throws: a sentence that says how to get the model if it is not there.
    init(_ text: String?, folderCounts: Bool = false) throws(Failure) {
        guard let text, text != ModelArguments.builtIn else {
            self = .builtIn
            return
        }
        guard let entry = ModelCatalogue.entry(named: text) else {
            self = .file(text)
            return
        }
        let cache = Self.cache
        if let status = FileStatus(text), folderCounts || status.kind != .folder {
            let own = cache.map { "\($0.modelPath(of: entry)) the catalogue's" } ?? "another folder the catalogue's"
            throw .usage("\(text) is here, and a model of the catalogue: ./\(text) is the one, \(own)")
        }
        guard let cache, case .cached = cache.state(of: entry) else {
            throw Failure("\(text) has not been fetched: multibox models pull \(text) does that")
        }
        do throws(ModelFileError) {
            let digests = try cache.digests(of: entry)
            self = .cached(entry, path: cache.modelPath(of: entry), digest: digests.digits[entry.modelName])
        } catch { throw Failure("\(error)") }
    }

    /// The file that is read; nil for none.
    var path: String? {
        switch self {
        case .builtIn: nil
        case .file(let path), .cached(_, let path, _): path
        }
    }

    /// Where fetched models are.
    static var cache: ModelCache? { ModelCache(environment: ProcessInfo.processInfo.environment) }

    /// What to add to the sentence that a file is not there, if it may have been meant as a name of the catalogue.
    static func hint(_ text: String) -> String {
        guard !text.contains("/"), FileStatus(text) == nil,
            let name = NearestName.among(ModelCatalogue.entries.map(\.name), to: text)
        else { return "" }
        return "; or is \(name) meant?"
    }
}
