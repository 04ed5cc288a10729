/// What was wrong with a file, or left out of it, and did not keep its picture from being shown.
public enum ImageWarning: Sendable, Hashable {
    /// The file lacks its end; all of the picture is there.
    case missingEnd(ImageFormat)
    /// Rows of pixels, as they are stored, from `from` (counted from 0) up to all `of` them are missing or damaged.
    case damagedRows(ImageFormat, from: Int, of: Int)
    /// Of an animation of so many frames only the first is shown.
    case animation(ImageFormat, frames: Int)
}

extension ImageWarning: CustomStringConvertible {
    /// One sentence for whoever sent the picture.
    public var description: String {
        switch self {
        case .missingEnd(let format):
            "The file of the \(format.rawValue) image lacks its end; the picture is complete."
        case .damagedRows(let format, let first, let rows):
            "The \(format.rawValue) image is damaged: \(rows - first) of its \(rows) stored rows, from row \(first) on."
        case .animation(let format, let frames):
            "The \(format.rawValue) image is an animation of \(frames) frames, of which only the first is looked at."
        }
    }
}
