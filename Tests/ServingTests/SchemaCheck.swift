import JSON

/// Holds values against JSON schemas (draft 2020-12), as much of it as the service's description uses, and more strictly
/// than a client should: members that are not described are faults.
struct SchemaCheck {
    /// The document in which `$ref` finds what it names.
    let document: JSONValue

    /// The keywords that are understood; another one is a fault of the schema, since it would not be held.
    private static let keywords: Set<String> = [
        "$ref", "type", "description", "title", "format", "enum", "const", "oneOf", "allOf", "contentEncoding",
        "contentMediaType", "minimum", "maximum", "items", "minItems", "maxItems", "properties", "required",
        "additionalProperties", "default",
    ]

    /// What is wrong with a value; `path` says where it is.
    func faults(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
        faults(value, schema, at: path, known: nil)
    }

    /// - Parameter known: the members that are described; nil for those of the schema alone.
    private func faults(_ value: JSONValue, _ schema: JSONValue, at path: String, known: Set<String>?) -> [String] {
        var faults = schema.members.map(\.name).filter { !Self.keywords.contains($0) }
            .map { "\(path): the keyword \($0) is not checked" }
        if let reference = schema["$ref"]?.text {
            guard let named = resolve(reference) else { return ["\(path): there is no \(reference)"] }
            faults += self.faults(value, named, at: path, known: known)
        }
        if let type = schema["type"]?.text, !Self.isOf(type, value) {
            return faults + ["\(path): \(value.kind), not of type \(type)"]
        }
        if let words = schema["enum"]?.elements, !words.contains(value) { faults.append("\(path): none of the words") }
        if let constant = schema["const"], constant != value { faults.append("\(path): not the constant") }
        if let number = value.double {
            if let minimum = schema["minimum"]?.double, number < minimum { faults.append("\(path): below \(minimum)") }
            if let maximum = schema["maximum"]?.double, number > maximum { faults.append("\(path): above \(maximum)") }
        }
        if let schemas = schema["oneOf"]?.elements {
            let results = schemas.map { self.faults(value, $0, at: path, known: known) }
            let fitting = results.count(where: \.isEmpty)
            if fitting != 1 { faults.append("\(path): fits \(fitting) of \(schemas.count): \(results)") }
        }
        if let schemas = schema["allOf"]?.elements {
            let all = schemas.reduce(known ?? []) { $0.union(names(of: $1)) }
            for schema in schemas { faults += self.faults(value, schema, at: path, known: all) }
        }
        if case .array(let elements) = value {
            if let fewest = schema["minItems"]?.double, Double(elements.count) < fewest {
                faults.append("\(path): few")
            }
            if let most = schema["maxItems"]?.double, Double(elements.count) > most { faults.append("\(path): many") }
            if let schema = schema["items"] {
                for (index, element) in elements.enumerated() {
                    faults += self.faults(element, schema, at: "\(path)[\(index)]")
                }
            }
        }
        if case .object(let members) = value, let described = schema["properties"] {
            for name in schema["required"]?.elements.compactMap(\.text) ?? [] where value[name] == nil {
                faults.append("\(path): \(name) is missing")
            }
            for (name, value) in members {
                if let schema = described[name] {
                    faults += self.faults(value, schema, at: "\(path).\(name)")
                } else if known?.contains(name) != true {
                    faults.append("\(path): \(name) is not described")
                }
            }
        }
        return faults
    }

    /// The members that a schema describes.
    private func names(of schema: JSONValue) -> Set<String> {
        let own = Set(schema["properties"]?.members.map(\.name) ?? [])
        return schema["$ref"]?.text.flatMap(resolve).map { own.union(names(of: $0)) } ?? own
    }

    /// What a reference names.
    func resolve(_ reference: String) -> JSONValue? {
        reference.split(separator: "/").dropFirst().reduce(document) { $0?[String($1)] }
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("string", .string), ("number", .number), ("boolean", .boolean), ("null", .null), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let text)): Int(text) != nil
        default: false
        }
    }
}
