import Settings

/// The models that `serve --model` names, separated by commas: `people.onnx` alone, or several, each with or without the name
/// that requests call it by: `people=a.onnx,faces=b.tflite`, and folders of models. A comma in a path is written `\,`.
struct NamedModelList: SettingValue {
    /// A model, or a folder of them.
    struct Element: Sendable, Hashable {
        /// What it is to be called; nil for what its file is called.
        let name: String?
        /// What is named: a file, a model of the catalogue, the one built in, a folder.
        let text: String
    }

    /// At least one.
    let elements: [Element]

    init?(settingText: String) {
        var elements: [Element] = []
        for text in Self.split(settingText) {
            guard let element = Self.element(text.drop { $0 == " " }) else { return nil }
            elements.append(element)
        }
        self.elements = elements
    }

    var settingText: String? {
        elements.map { element in
            let text = element.text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "\\,")
            return (element.name.map { $0 + "=" } ?? "") + text
        }.joined(separator: ",")
    }

    static var isList: Bool { true }
    static var expectation: String { "models such as people.onnx, or NAME=people.onnx,OTHER=faces.tflite, or a folder" }

    /// The one model that is named without a folder; nil where there are several.
    var only: Element? { elements.count == 1 && !elements[0].isFolder ? elements[0] : nil }

    /// Whether a text can be a model's name: what needs no escapes in a URL, a path's segment, a label or a log.
    static func isName(_ text: some StringProtocol) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        guard let first = text.utf8.first, isWord(first), text.utf8.count <= maximumNameBytes else { return false }
        return text.utf8.allSatisfy { isWord($0) || "._-".utf8.contains($0) }
    }

    /// The longest name, in bytes.
    static let maximumNameBytes = 64
    /// What a name is, for who chose another one.
    static let nameExpectation = "1 to \(maximumNameBytes) letters, digits, points, dashes and underscores"

    private static func element(_ text: Substring) -> Element? {
        guard let equals = text.firstIndex(of: "="), isName(text[..<equals]) else {
            return text.isEmpty ? nil : Element(name: nil, text: String(text))
        }
        let rest = text[text.index(after: equals)...]
        return rest.isEmpty ? nil : Element(name: String(text[..<equals]), text: String(rest))
    }

    /// Divides at commas but those behind a backslash, which goes.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var escapes = false
        for character in text {
            if escapes {
                parts[parts.count - 1] += character == "," ? "," : "\\\(character)"
                escapes = false
            } else if character == "\\" {
                escapes = true
            } else if character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        if escapes { parts[parts.count - 1] += "\\" }
        return parts
    }
}
