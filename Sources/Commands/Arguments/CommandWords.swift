import Foundation

/// The words of a line that a shell wants completed.
struct CommandWords {
    private let words: [String]

    init(_ words: [String]) { self.words = words }

    /// The value of an option, as the next word or behind `=`; nil where it is not there.
    func value(of names: [String]) -> String? {
        for (index, word) in words.enumerated() {
            for name in names {
                if word == name { return words.indices.contains(index + 1) ? Self.plain(words[index + 1]) : nil }
                if name.hasPrefix("--"), word.hasPrefix(name + "=") {
                    return Self.plain(String(word.dropFirst(name.count + 1)))
                }
            }
        }
        return nil
    }

    /// A word without the quotes and backslashes that it was written with, and with the home folder for `~/`.
    private static func plain(_ word: String) -> String {
        var text = ""
        var (quote, isEscaped): (Character?, Bool) = (nil, false)
        for character in word {
            if isEscaped {
                text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { text.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
            } else {
                text.append(character)
            }
        }
        return word.hasPrefix("~/") ? NSString(string: text).expandingTildeInPath : text
    }
}
