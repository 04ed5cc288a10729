/// What paths name.
enum PathParameter: String, Sendable, CaseIterable {
    case model
    case version

    /// What it says.
    var text: String {
        switch self {
        case .model: "The name of a model in service, as `/model` says it."
        case .version: "Its version, as `/model` says it."
        }
    }

    /// Those of a path.
    static func of(_ path: String) -> [PathParameter] { allCases.filter { path.contains("{\($0.rawValue)}") } }
}
