import ModelFiles

/// The models that are to be served where there may be several, as their files are now.
struct ModelSources {
    /// The most models.
    static let maximumModels = 64

    /// The models, in the order in which they are named; their names differ.
    private(set) var models: [ModelSource] = []
    /// What lies in their folders beside them, and why it is no model.
    private(set) var others: [(path: String, reason: String)] = []

    /// Finds what is named.
    ///
    /// - Throws: what is not there, a name that none can have or that two have, and that there is none or are too many.
    init(_ list: NamedModelList) throws(Failure) {
        for element in list.elements {
            if element.isFolder {
                guard element.name == nil else {
                    throw .usage("\(element.text) is a folder: its models have the names of their files")
                }
                let folder = try ModelFolder(element.text)
                models += folder.models
                others += folder.others
            } else {
                models.append(try Self.source(element))
            }
        }
        guard models.count <= Self.maximumModels else {
            throw Failure("there are \(models.count) models, more than \(Self.maximumModels)")
        }
        guard !models.isEmpty else {
            throw Failure("there is no model in \(list.elements.map(\.text).joined(separator: ", "))")
        }
        var texts: [String: String] = [:]
        for model in models {
            if let other = texts.updateValue(model.text, forKey: model.name) {
                throw Failure("two models are called \(model.name): \(other) and \(model.text)")
            }
        }
    }

    private static func source(_ element: NamedModelList.Element) throws(Failure) -> ModelSource {
        let reference = try ModelReference(element.text)
        let ownName =
            switch reference {
            case .builtIn: ModelArguments.builtIn
            case .file(let path): ModelFolder.stem(path)
            case .cached(let entry, _, _): entry.name
            }
        guard let name = element.name ?? (NamedModelList.isName(ownName) ? ownName : nil) else {
            throw .usage(
                "\(element.text) needs a name, --model NAME=\(element.text): \(NamedModelList.nameExpectation)")
        }
        return ModelSource(name: name, text: element.text, path: reference.path)
    }
}
