/// Why a text is not JSON, or not within the limits.
package struct JSONError: Error, Equatable, Sendable {
    /// What is wrong, as the end of a sentence.
    package let reason: String
    /// Where, in bytes from the start of the text.
    package let offset: Int

    /// An error at a place.
    package init(reason: String, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// The reason and the place.
    package var description: String { "\(reason), at byte \(offset)" }
}
