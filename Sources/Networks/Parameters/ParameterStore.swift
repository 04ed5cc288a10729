/// The parameters of a network's layers of floats, in the order in which the layers were added.
///
/// A parameter is known by its position. Names say what people call it: those of a file may occur twice.
public struct ParameterStore: Sendable {
    private var parameters: [Parameter] = []

    package init() {}

    /// All of them, in order.
    public var all: [Parameter] { parameters }

    /// The identifiers of all of them, in order.
    package var ids: [ParameterID] { parameters.indices.map(ParameterID.init(index:)) }

    /// How many there are.
    public var count: Int { parameters.count }

    /// Bytes of their values.
    package var size: Int { parameters.reduce(0) { $0 + 4 * $1.values.count } }

    /// The parameter of an identifier. One that is set keeps its number of values.
    public subscript(_ id: ParameterID) -> Parameter {
        get { parameters[id.index] }
        set {
            precondition(newValue.values.count == parameters[id.index].values.count, "as many values as there were")
            parameters[id.index] = newValue
        }
    }

    /// The values of a parameter; none of none.
    package func values(_ id: ParameterID?) -> [Float] { id.map { parameters[$0.index].values } ?? [] }

    /// Puts a parameter behind the others.
    package mutating func add(_ parameter: Parameter) -> ParameterID {
        parameters.append(parameter)
        return ParameterID(index: parameters.count - 1)
    }

    /// Whether an identifier is one of this store's.
    package func contains(_ id: ParameterID) -> Bool { parameters.indices.contains(id.index) }
}
