import Images
import JSON

/// The images of an inference request, as its tensor brings them.
package enum ImageTensor: Sendable {
    /// Files, as bytes behind the JSON.
    case files([ArraySlice<UInt8>])
    /// Files, as base64 in the JSON.
    case texts([JSONString])
    /// Pixels of images of a size, one image after another: red, green and blue, rows from top to bottom.
    case pixels(ArraySlice<UInt8>, size: ImageSize, count: Int)

    /// The number of images.
    package var count: Int {
        switch self {
        case .files(let files): files.count
        case .texts(let texts): texts.count
        case .pixels(_, _, let count): count
        }
    }
}
