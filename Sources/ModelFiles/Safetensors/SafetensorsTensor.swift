/// A tensor of a safetensors file, which was proven to lie within it.
package struct SafetensorsTensor: Sendable, Equatable {
    /// Its name in the file.
    package let name: String
    /// What its elements are.
    package let element: SafetensorsElementType
    /// The extents, outermost first; the last one varies fastest.
    package let shape: [Int]
    /// Its bytes in the file.
    package let range: Range<Int>

    /// The product of the extents.
    package var count: Int { range.count / element.size }
}
