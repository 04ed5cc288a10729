import MultiBox

/// A name under which the service has a model, or is about to have one.
struct ServedModel: Sendable {
    /// What requests call it.
    let name: String
    /// The model; nil until it is loaded for the first time.
    private(set) var model: LoadedModel?
    private var isOutdated = false

    /// A model that is to come.
    init(name: String) { self.name = name }

    /// A model.
    init(_ model: LoadedModel) {
        name = model.name
        self.model = model
    }

    /// Where it is in its life.
    var state: ModelState { model == nil ? .loading : isOutdated ? .outdated : .ready }

    /// The names of its classes; none until it is loaded.
    var labels: LabelMap? { model?.labels }

    /// The same, after its file has become something that cannot be used.
    var outdated: ServedModel {
        var copy = self
        copy.isOutdated = model != nil
        return copy
    }
}
