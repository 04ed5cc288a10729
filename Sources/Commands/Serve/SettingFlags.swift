import ArgumentParser
import Settings

/// The settings of `serve` on the command line.
///
/// ArgumentParser finds options by reflection on a value of this type and decodes them by their names. Both are answered from
/// the table of settings, so that a setting needs no property here.
struct SettingFlags: ParsableArguments, CustomReflectable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// What was given, by name.
    private(set) var texts: [String: String] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for setting in ServeSettings.table.settings {
            let key = Key(stringValue: setting.name)
            if setting.isSwitch {
                let isOn = try container.decode(Flag<Bool>.self, forKey: key).wrappedValue
                texts[setting.name] = isOn ? true.settingText : nil
            } else if setting.isList {
                let texts = try container.decode(Option<[String]>.self, forKey: key).wrappedValue
                self.texts[setting.name] = texts.isEmpty ? nil : texts.joined(separator: ",")
            } else {
                texts[setting.name] = try container.decode(Option<String?>.self, forKey: key).wrappedValue
            }
        }
    }

    var customMirror: Mirror {
        Mirror(
            self,
            children: ServeSettings.table.settings.map { setting in
                (label: setting.name, value: Self.definition(of: setting))
            })
    }

    private static func definition(of setting: Setting<ServeSettings>) -> Any {
        let name = NameSpecification(
            [.customLong(setting.name)] + (setting.letter.map { [.customShort($0)] } ?? []))
        if setting.isSwitch {
            return Flag<Bool>(wrappedValue: false, name: name, help: ArgumentHelp(setting.help))
        }
        var sentences = [setting.help]
        if let domain = setting.domain { sentences.append("Takes \(domain).") }
        if setting.isList { sentences.append("May be given several times.") }
        if let words = setting.defaultWords(of: .defaults) { sentences.append("Default: \(words)") }
        let help = ArgumentHelp(sentences.joined(separator: " "), valueName: setting.placeholder)
        let completion = completion(of: setting)
        return setting.isList
            ? Option<[String]>(wrappedValue: [], name: name, help: help, completion: completion)
            : Option<String?>(name: name, help: help, completion: completion)
    }

    /// What a shell offers as a setting's value.
    private static func completion(of setting: Setting<ServeSettings>) -> CompletionKind {
        if !setting.words.isEmpty { return .list(setting.words) }
        switch setting.name {
        case "model": return .modelFile
        case "tls-certificate", "tls-key", "tls-client-ca": return .file(extensions: ["pem", "crt", "key"])
        default: return setting.unit == "path" ? .file() : .default
        }
    }
}
