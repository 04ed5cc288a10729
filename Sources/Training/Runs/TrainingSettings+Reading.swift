import Foundation

extension TrainingSettings {
    /// Settings that the first version did not have, as JSON, with the values under which a run is what it was without.
    private static let neutral = [
        "accumulation": "1", "difficult": "\"train\"", "fixedStatistics": "false", "frozen": "[]", "holdOut": "0",
        "initializedRate": "1", "inputSize": "300", "labelWeights": "false", "mosaic": "0", "mosaicFreeEpochs": "0",
        "optimizer": "\"momentum\"", "patience": "0", "quantizationAware": "0",
    ]

    /// Why settings cannot be read, as what follows the name of their file in a sentence.
    struct Unreadable: Error {
        let reason: String
    }

    /// Settings as a run's folder has them, written by this version or another.
    static func reading(_ json: Data) throws(Unreadable) -> TrainingSettings {
        struct Anything: Decodable {
            init(from decoder: any Decoder) {}
        }
        guard let brace = json.firstIndex(of: UInt8(ascii: "{")),
            let found = try? JSONDecoder().decode([String: Anything].self, from: json)
        else { throw Unreadable(reason: "is damaged: it is no JSON object") }
        let example = TrainingSettings(data: "", split: "", validationSplit: nil, classes: [])
        var (known, required): (Set<String>, Set<String>) = ([], [])
        for child in Mirror(reflecting: example).children {
            guard let name = child.label else { continue }
            known.insert(name)
            // Without a value it is left out.
            if Mirror(reflecting: child.value).displayStyle != .optional { required.insert(name) }
        }
        let unknown = Set(found.keys).subtracting(known).sorted()
        guard unknown.isEmpty else {
            throw Unreadable(reason: "has settings that this version does not know: \(unknown.joined(separator: ", "))")
        }
        let missing = required.subtracting(found.keys).sorted()
        let lost = missing.filter { neutral[$0] == nil }
        guard lost.isEmpty else { throw Unreadable(reason: "lacks the settings \(lost.joined(separator: ", "))") }
        var complete = json[...brace]
        for name in missing { complete.append(contentsOf: "\"\(name)\": \(neutral[name] ?? "null"), ".utf8) }
        complete.append(json[(brace + 1)...])
        do { return try JSONDecoder().decode(TrainingSettings.self, from: complete) } catch {
            let path: [any CodingKey] =
                switch error as? DecodingError {
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                    .dataCorrupted(let context):
                    context.codingPath
                default: []
                }
            let name = path.first?.stringValue ?? "a setting"
            throw Unreadable(reason: "has a value for \(name) that this version does not know")
        }
    }
}
