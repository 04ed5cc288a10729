import JSON
import ModelFiles

/// A line of `multibox models list`.
struct ListedModel {
    let name: String
    /// embedded, cached, partial (some of it has come) or known.
    let state: String
    /// The file's size, in bytes.
    let size: Int
    let summary: String
    let licence: String
    /// Where its publisher has it.
    var address: String?
    /// Where the file is, if it is there.
    var path: String?
    /// The digest that it had when it came.
    var digest: String?

    /// The model that is part of the program, if one is.
    static var builtIn: ListedModel? {
        guard let model = try? EmbeddedModel.load() else { return nil }
        let names = model.labels.names.compactMap { $0 }
        return ListedModel(
            name: ModelArguments.builtIn, state: "embedded", size: EmbeddedModel.size,
            summary: "\(model.name), served where no model is named: "
                + names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : ""),
            licence: "see its card")
    }

    private init(name: String, state: String, size: Int, summary: String, licence: String) {
        (self.name, self.state, self.size, self.summary, self.licence) = (name, state, size, summary, licence)
    }

    /// A model of the catalogue, as far as it is in the cache.
    init(_ entry: CatalogueEntry, _ cache: ModelCache?) throws {
        let state = cache?.state(of: entry) ?? .absent
        let (word, size) =
            switch state {
            case .absent: ("known", entry.size)
            case .partial: ("partial", entry.size)
            case .cached(let bytes): ("cached", bytes)
            }
        self.init(name: entry.name, state: word, size: size, summary: entry.summary, licence: entry.licence)
        address = entry.address
        guard let cache, case .cached = state else { return }
        path = cache.modelPath(of: entry)
        do throws(ModelFileError) { digest = try cache.digests(of: entry).digits[entry.modelName] } catch {
            throw Failure("\(error)")
        }
    }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            json.name("name")
            json.string(name)
            json.name("state")
            json.string(state)
            json.name("bytes")
            json.integer(size)
            json.name("summary")
            json.string(summary)
            json.name("license")
            json.string(licence)
            if let address {
                json.name("url")
                json.string(address)
            }
            if let path {
                json.name("path")
                json.string(path)
            }
            if let digest {
                json.name("sha256")
                json.string(digest)
            }
        }
    }

    /// A size for a person.
    static func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e6).fixed(1)) MB" }
}
