import HTTP

/// The models in service, by name: a value. The service holds those of now, every request those that it began with, so that
/// one can be loaded, replaced or taken out at any time without a word to the others.
///
/// Invariants: names differ; the first is the one that is meant where a request names none.
struct ServedModels: Sendable {
    /// All of them, in the operator's order.
    private(set) var all: [ServedModel] = []

    /// The most names that a client is told in a sentence.
    private static let namesTold = 16

    /// Whether each of them is loaded, and there is one.
    var areReady: Bool { !all.isEmpty && all.allSatisfy { $0.model != nil } }

    /// The one that is meant where a request names none.
    var standard: LoadedModel? { all.first?.model }

    /// Those that are loaded.
    var loaded: [LoadedModel] { all.compactMap(\.model) }

    /// What there is under a name.
    subscript(name: String) -> ServedModel? { all.first { $0.name == name } }

    /// The model that a request means.
    ///
    /// - Parameter name: what the request says; nil for nothing.
    /// - Throws: `ServiceError.invalidOption`, with the names that there are, or `.loading`.
    func model(named name: String?) throws(ServiceError) -> LoadedModel {
        guard let name else {
            guard let standard else { throw .loading }
            return standard
        }
        guard let found = self[name] else {
            let names = all.prefix(Self.namesTold).map { "“\($0.name)”" }.joined(separator: " or ")
            throw .invalidOption(
                name: OptionName.model.rawValue,
                expected: names + (all.count > Self.namesTold ? " or one of /models" : ""))
        }
        guard let model = found.model else { throw .loading }
        return model
    }

    /// The model that a query asks for.
    ///
    /// - Throws: as `model(named:)`, and `ServiceError.conflictingOption`.
    func model(askedBy query: QueryItems) throws(ServiceError) -> LoadedModel {
        let names = Set(query.values(OptionName.model.rawValue))
        guard names.count < 2 else { throw .conflictingOption(name: OptionName.model.rawValue) }
        return try model(named: names.first)
    }

    /// The model that a request with this query is likely to mean: the one that its path or the query names, if there is one of
    /// that name.
    ///
    /// - Throws: `ServiceError.loading` where there is none.
    func likely(_ query: QueryItems, path: String? = nil) throws(ServiceError) -> LoadedModel {
        if let name = path ?? query[OptionName.model.rawValue], let model = self[name]?.model { return model }
        return try model(named: nil)
    }

    /// Puts a model in the place of the one with its name, or behind the others.
    mutating func put(_ model: LoadedModel) {
        let served = ServedModel(model)
        if let index = all.firstIndex(where: { $0.name == model.name }) {
            all[index] = served
        } else {
            all.append(served)
        }
    }

    /// What the file of a model has become cannot be used.
    mutating func noteOutdated(_ name: String) {
        if let index = all.firstIndex(where: { $0.name == name }) { all[index] = all[index].outdated }
    }

    /// Keeps those of these names, in this order, and expects those that are not there yet.
    mutating func arrange(_ names: [String]) {
        precondition(Set(names).count == names.count, "two models of one name")
        all = names.map { self[$0] ?? ServedModel(name: $0) }
    }
}
