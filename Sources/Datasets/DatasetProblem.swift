/// Something in a dataset that was not as it should be and was dealt with: an object left out or changed.
public struct DatasetProblem: Sendable, Hashable {
    /// What was found.
    public enum Kind: Sendable, Hashable {
        /// The object has no box, or a corner of it is not a number. Left out.
        case missingBox
        /// The box, as written, has no extent. Left out.
        case degenerateBox(xmin: Double, ymin: Double, xmax: Double, ymax: Double)
        /// No part of the box is inside the photo. Left out.
        case outsideImage(xmin: Double, ymin: Double, xmax: Double, ymax: Double)
        /// The box reaches out of the photo by more than a pixel. Cut off at the edge.
        case cutOff(xmin: Double, ymin: Double, xmax: Double, ymax: Double)
        /// The class has no name, or one that is not among the labels. Left out.
        case unknownClass(String)
    }

    /// The file that says so.
    public var file: String
    /// The object: its position in the file, from 1, or its number in a COCO file.
    public var object: Int
    /// The name of the object's class, as written.
    public var className: String
    /// What was found.
    public var kind: Kind

    /// Whether the object was left out.
    public var isLeftOut: Bool {
        if case .cutOff = kind { return false }
        return true
    }
}

extension DatasetProblem: CustomStringConvertible {
    /// One line for a person.
    public var description: String {
        func box(_ xmin: Double, _ ymin: Double, _ xmax: Double, _ ymax: Double) -> String {
            "\(xmin),\(ymin) to \(xmax),\(ymax)"
        }
        let reason =
            switch kind {
            case .missingBox: "it has no box; left out"
            case .degenerateBox(let x, let y, let x2, let y2): "its box \(box(x, y, x2, y2)) has no extent; left out"
            case .outsideImage(let x, let y, let x2, let y2):
                "its box \(box(x, y, x2, y2)) lies outside the photo; left out"
            case .cutOff(let x, let y, let x2, let y2):
                "its box \(box(x, y, x2, y2)) reaches out of the photo; cut off at the edge"
            case .unknownClass(let name): "its class \"\(name)\" is not among the labels; left out"
            }
        return "\(file): object \(object) (\(className)): \(reason)"
    }
}
