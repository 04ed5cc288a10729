/// The two latest source rows at the target's columns, so that none is interpolated twice while the target's rows go down.
struct RowPair<Value: BitwiseCopyable> {
    private var upper: (row: Int, values: UnsafeMutablePointer<Value>)
    private var lower: (row: Int, values: UnsafeMutablePointer<Value>)

    /// Uses the memory of two times `stride` values.
    init(_ memory: UnsafeMutablePointer<Value>, stride: Int) {
        upper = (-1, memory)
        lower = (-1, memory + stride)
    }

    /// The values of rows `first` and `second`; `interpolate` writes those of a row that is not there yet.
    @inline(__always)
    mutating func rows(
        _ first: Int, _ second: Int, interpolate: (_ row: Int, _ values: UnsafeMutablePointer<Value>) -> Void
    ) -> (UnsafePointer<Value>, UnsafePointer<Value>) {
        if upper.row != first, lower.row == first { swap(&upper, &lower) }
        if upper.row != first {
            interpolate(first, upper.values)
            upper.row = first
        }
        if first == second { return (UnsafePointer(upper.values), UnsafePointer(upper.values)) }
        if lower.row != second {
            interpolate(second, lower.values)
            lower.row = second
        }
        return (UnsafePointer(upper.values), UnsafePointer(lower.values))
    }
}
