import JSON
import MultiBox

/// The model of a service, as its `/model` tells of it.
struct ServiceModel: Sendable {
    let name: String
    let version: String
    /// The names of its classes, by `class_id`.
    let labels: LabelMap
    /// The score below which the model itself reports nothing, as it is written; nil where the service does not say.
    let threshold: String?

    /// Reads a model's card.
    ///
    /// - Throws: `Failure` where it is none.
    init(parsing body: [UInt8], of url: ServiceURL) throws {
        func refuse(_ reason: String) -> Failure { Failure("\(url) does not tell of a detector: \(reason)") }
        let card: JSONValue
        do {
            card = try JSONReader.parse(body[...], maximumValues: LabelMap.maximumCount + 4096)
        } catch { throw refuse("its /model is no JSON: \(error)") }
        guard let name = card["name"]?.text, case .array(let labels)? = card["labels"] else {
            throw refuse("its /model has no name or no labels")
        }
        self.name = name
        version = card["version"]?.text ?? ""
        do { self.labels = try LabelMap(names: labels.map(\.text), hasBackground: false) } catch {
            throw refuse("\(error)")
        }
        if case .number(let text)? = card["score_threshold"] { threshold = text } else { threshold = nil }
    }
}
