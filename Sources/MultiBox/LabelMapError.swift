/// A list of class names that cannot be used.
public enum LabelMapError: Error, Sendable, Hashable {
    /// The text has more bytes than `LabelMap.maximumBytes`.
    case tooLarge(bytes: Int, limit: Int)
    /// The text is not UTF-8.
    case notUTF8
    /// The list has more lines than `LabelMap.maximumCount`.
    case tooManyLabels(limit: Int)
    /// There is no name in the list.
    case empty
    /// A line, counted from 1, is blank but not at the end, so that the numbers of the classes after it are in doubt.
    case blankLine(line: Int)
    /// A name, by its line counted from 1, has more bytes than `LabelMap.maximumNameBytes`.
    case nameTooLong(line: Int, bytes: Int, limit: Int)
    /// A name, by its line counted from 1, has a control character.
    case controlCharacter(line: Int)
    /// A name, by its line counted from 1, is the name of an earlier class too.
    case duplicateName(String, line: Int)
    /// As many names as neither the model's score columns nor those without background.
    case countMismatch(labels: Int, classCount: Int)
}
