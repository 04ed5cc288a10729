/// Where an architecture's parameters come from: a file, a generator, memory.
public protocol ParameterSource {
    /// The `parameter.count` values of a parameter, in the order of its shape.
    ///
    /// - Throws: `NetworkError.missingParameter` or `NetworkError.parameterShape` if there is none such.
    mutating func values(of parameter: ParameterDescription) throws(NetworkError) -> [Float]
}
