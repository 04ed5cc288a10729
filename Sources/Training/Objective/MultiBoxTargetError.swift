/// Objects or default boxes that no targets can be made of.
public enum MultiBoxTargetError: Error, Sendable, Hashable {
    /// A default box, by index, without a positive finite extent: nothing can be encoded relative to it.
    case degenerateDefaultBox(index: Int)
    /// An object, by index, whose box has no extent or is not finite.
    case degenerateObject(index: Int)
    /// An object, by index, whose class is the background or beyond the model's classes.
    case classOutOfRange(index: Int, classIndex: Int, classCount: Int)
    /// An object, by index, that is too far from its default box, or too unlike it in size, for its offsets to be finite.
    case offsetsNotFinite(index: Int, defaultBox: Int)
}

extension MultiBoxTargetError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .degenerateDefaultBox(let index):
            "default box \(index) has no extent"
        case .degenerateObject(let index):
            "object \(index) has a box without extent"
        case .classOutOfRange(let index, let classIndex, let classCount):
            "object \(index) has class \(classIndex), which is not one of 1 to \(classCount - 1)"
        case .offsetsNotFinite(let index, let defaultBox):
            "object \(index) has no finite offsets from default box \(defaultBox)"
        }
    }
}
