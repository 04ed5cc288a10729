import MultiBox

extension LabelMapError {
    /// What is wrong with a file of labels, as the end of a sentence about it.
    var reason: String {
        switch self {
        case .tooLarge(let bytes, let limit): "it has \(bytes) bytes, more than the limit of \(limit)"
        case .notUTF8: "it is not UTF-8 text"
        case .tooManyLabels(let limit): "it has more than \(limit) lines"
        case .empty: "it names no class"
        case .blankLine(let line): "line \(line) is blank"
        case .nameTooLong(let line, let bytes, let limit):
            "the name on line \(line) has \(bytes) bytes, more than the limit of \(limit)"
        case .controlCharacter(let line): "line \(line) has a control character"
        case .duplicateName(let name, let line): "line \(line) has the name of an earlier line, \(name)"
        case .countMismatch(let labels, let classCount):
            "it has \(labels) lines, but the model scores \(classCount) classes"
        }
    }
}
