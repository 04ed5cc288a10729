/// What a layer of a model file says of its operation, being read.
public protocol OperationFieldReader {
    associatedtype Failure: Error

    /// An array of `count` integers, each within `range`.
    mutating func integers(_ name: String, count: Int, in range: ClosedRange<Int>) throws(Failure) -> [Int]
    /// A finite number.
    mutating func float(_ name: String) throws(Failure) -> Float
    /// One of some words.
    mutating func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ type: Choice.Type
    ) throws(Failure) -> Choice
}

/// What a layer of a model file says of its operation, being written.
public protocol OperationFieldWriter {
    mutating func integers(_ name: StaticString, _ values: [Int])
    mutating func float(_ name: StaticString, _ value: Float)
    mutating func choice(_ name: StaticString, _ value: String)
}
