import HTTP

/// Which model a request means, and the options of its query: these may name classes of a model that only the content names,
/// so they are read when both are known.
struct ModelChoice {
    private let query: QueryItems
    private let models: ServedModels
    /// The model that is meant, as far as is known.
    private(set) var model: LoadedModel
    /// The options of the query, as those of this model.
    private var read: Result<RequestedOptions, ServiceError>
    /// Whether content can make a difference to them.
    private let isOpen: Bool

    /// What a query says, where there are these models.
    ///
    /// - Throws: `ServiceError.invalidOption` for a model that there is not; what is wrong with other options, unless the
    ///   content could make them right.
    init(_ query: QueryItems, among models: ServedModels) throws(ServiceError) {
        let name = query[OptionName.model.rawValue]
        let model = try models.model(named: name)
        (self.query, self.models, self.model) = (query, models, model)
        isOpen = name == nil && models.all.count > 1
        do throws(ServiceError) {
            read = .success(try RequestedOptions(query: query, labels: model.labels))
        } catch {
            guard isOpen else { throw error }
            read = .failure(error)
        }
    }

    /// The options of the query.
    ///
    /// - Parameter name: the model that the content names; nil if it names none.
    /// - Throws: `ServiceError.invalidOption` for a model that there is not; what is wrong with other options.
    mutating func options(with name: String? = nil) throws(ServiceError) -> RequestedOptions {
        guard let name, name != model.name else { return try read.get() }
        model = try models.model(named: name)
        return try RequestedOptions(query: query, labels: model.labels)
    }
}
