import HTTP
import JSON

/// The models in service as a client may want to know them (`/models`).
struct ModelList {
    let models: ServedModels

    /// As JSON, in the operator's order. What is not known of a model that is still to be loaded is null.
    func response() -> Response {
        var json = JSONWriter(reserving: 256 * (models.all.count + 1))
        json.object { json in
            json.name("models")
            json.array { json in
                for (index, served) in models.all.enumerated() {
                    json.object { json in
                        json.member("name", served.name)
                        json.member("state", served.state.rawValue)
                        json.name("default")
                        json.boolean(index == 0)
                        guard let model = served.model?.engine.model else {
                            for name: StaticString in ["version", "architecture", "classes"] {
                                json.name(name)
                                json.null()
                            }
                            return
                        }
                        json.member("version", model.version)
                        json.member("architecture", model.architecture)
                        json.member("classes", model.labels.names.count { $0 != nil })
                    }
                }
            }
        }
        return Response(contentType: "application/json", body: json.finish())
    }

    static let schema = Schema.object([
        Schema.Member(
            "models",
            .array(
                .object([
                    Schema.Member("name", .text(), "What requests call it, in the option `model`."),
                    Schema.Member("state", .word(ModelState.allCases.map(\.rawValue)), ModelState.text),
                    Schema.Member("default", .boolean, "Whether it is meant where a request names none."),
                    Schema.Member("version", .either([.text(), .null]), "What changes when its weights do."),
                    Schema.Member("architecture", .either([.text(), .null]), "Its architecture."),
                    Schema.Member(
                        "classes", .either([.integer(Schema.anyCount), .null]), "How many classes have names."),
                ]), count: Schema.anyCount), "The models; the first is the default.")
    ])
}
