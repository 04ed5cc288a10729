import Foundation
import Training

/// The settings of a run by the names that they have in its `settings.json`.
struct SettingsListing {
    /// Names and values as text, by name.
    let values: [(name: String, text: String)]

    init(_ settings: TrainingSettings) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let json = try? encoder.encode(settings),
            let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any]
        else {
            values = []
            return
        }
        values = object.sorted { $0.key < $1.key }.map { name, value in
            (name, (value as? [Any])?.map { "\($0)" }.joined(separator: ", ") ?? "\(value)")
        }
    }
}
