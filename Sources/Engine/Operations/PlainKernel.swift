import CKernels
import Networks

/// What computes a plain operation of one layer.
protocol PlainKernel: Sendable {
    /// The element and the method, for people: `f32/prelu`.
    var method: String { get }

    /// Makes some pixels of an image's result.
    ///
    /// - Parameters:
    ///   - input: The image's map, without gaps.
    ///   - output: Likewise, all of it; pixels outside the range are not touched.
    func run(
        _ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>)
}
