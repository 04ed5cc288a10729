import Networks

/// What plain operations read of themselves.
extension JSONMembers: OperationFieldReader {
    mutating func integers(_ name: String, count: Int, in range: ClosedRange<Int>) throws(ModelFileError) -> [Int] {
        let result = try integers(name)
        guard result.count == count, result.allSatisfy(range.contains) else {
            throw wrong(name, "is not an array of \(count) integers from \(range.lowerBound) to \(range.upperBound)")
        }
        return result
    }
}
