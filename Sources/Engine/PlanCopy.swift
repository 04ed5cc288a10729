/// A copy of `rows` runs of bytes from one tensor into part of another.
struct PlanCopy {
    /// Index of the tensor that is read.
    var source: Int
    /// Runs, and bytes in each.
    var rows: Int, rowBytes: Int
    /// Bytes from one run to the next on each side, and to the first run of the destination.
    var sourceStride: Int, destinationStride: Int, destinationOffset: Int
}
