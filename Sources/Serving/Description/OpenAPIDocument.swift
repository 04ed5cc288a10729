import HTTP
import JSON

/// A description of the service as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), for programs.
struct OpenAPIDocument: Sendable {
    /// The media type that its readers know it by.
    static let mediaType = "application/json"
    static let title = "multibox"
    static let text =
        "Object detection over HTTP: post a photo, get boxes, classes and scores. Members, options and types of problems are "
        + "added, not renamed: pass over members that you do not know. Paths that are not described are answered 404, "
        + "methods that are not 405 with `Allow`, methods that HTTP does not have 501, all of them as problems, or in the form of the "
        + "protocol that the path belongs to."

    /// The names of the ways to show a key.
    private enum KeyScheme: String, CaseIterable {
        case bearer
        case apiKey
    }

    /// An answer of problems alone, which several operations may have.
    private struct SharedAnswer: Hashable {
        let status: Int
        let problems: [ProblemType]
        let fields: [AnswerField]
        let optionalFields: [AnswerField]
        let hasContent: Bool
        let forms: [ServiceProtocol]

        /// Nil for an answer that is not of problems alone.
        init?(_ answer: APIDescription.Answer, hasContent: Bool) {
            guard answer.own == nil else { return nil }
            status = answer.status.code
            (problems, forms) = (answer.problems, answer.forms)
            (fields, optionalFields) = (answer.fields, answer.optionalFields)
            self.hasContent = hasContent
        }
    }

    /// The document, as JSON.
    let bytes: [UInt8]

    init(_ description: APIDescription) {
        let shared = Self.sharedAnswers(of: description)
        let names = Dictionary(uniqueKeysWithValues: shared.map { ($0.key, $0.name) })
        var json = JSONWriter(reserving: 1 << 17)
        json.object { json in
            json.member("openapi", "3.1.0")
            json.name("info")
            json.object { json in
                json.member("title", Self.title)
                json.member("version", description.version)
                json.member("description", Self.text)
                json.name("license")
                json.object { json in
                    json.member("name", "MIT")
                    json.member("identifier", "MIT")
                }
            }
            json.name("servers")
            json.array { json in json.object { $0.member("url", "/") } }
            json.name("paths")
            json.object { json in Self.write(description.operations, sharing: names, to: &json) }
            json.name("components")
            json.object { json in
                json.name("schemas")
                json.object { json in
                    for name in Schema.Name.allCases {
                        json.escapedName(name.rawValue)
                        Self.write(name.schema, text: name.text, to: &json)
                    }
                }
                json.name("responses")
                json.object { json in
                    for (key, name, answer) in shared {
                        json.escapedName(name)
                        Self.write(answer, hasContent: key.hasContent, to: &json)
                    }
                }
                json.name("headers")
                json.object { json in
                    let answers = description.operations.flatMap(\.answers)
                    for field in AnswerField.allCases {
                        if answers.contains(where: { $0.fields.contains(field) }) {
                            Self.write(field, isRequired: true, to: &json)
                        }
                        if answers.contains(where: { $0.optionalFields.contains(field) }) {
                            Self.write(field, isRequired: false, to: &json)
                        }
                    }
                }
                json.name("securitySchemes")
                json.object { json in Self.writeKeySchemes(to: &json) }
            }
        }
        bytes = json.finish()
    }

    /// The answers that operations share, in their order, each called by its status.
    private static func sharedAnswers(
        of description: APIDescription
    ) -> [(key: SharedAnswer, name: String, answer: APIDescription.Answer)] {
        var shared: [(key: SharedAnswer, name: String, answer: APIDescription.Answer)] = []
        var known: Set<SharedAnswer> = []
        var count: [String: Int] = [:]
        for operation in description.operations {
            for answer in operation.answers {
                guard let key = SharedAnswer(answer, hasContent: operation.method != .head), known.insert(key).inserted
                else { continue }
                let reason = answer.status.reason.filter { $0 != " " }
                count[reason, default: 0] += 1
                let number = count[reason, default: 1]
                shared.append((key, number == 1 ? reason : "\(reason)\(number)", answer))
            }
        }
        return shared
    }

    // MARK: Operations

    private static func write(
        _ operations: [APIDescription.Operation], sharing names: [SharedAnswer: String], to json: inout JSONWriter
    ) {
        var paths: [String] = []
        for operation in operations where !paths.contains(operation.path) { paths.append(operation.path) }
        for path in paths {
            json.escapedName(path)
            json.object { json in
                for operation in operations where operation.path == path {
                    json.escapedName(operation.method.name.lowercased())
                    write(operation, sharing: names, to: &json)
                }
            }
        }
    }

    private static func write(
        _ operation: APIDescription.Operation, sharing names: [SharedAnswer: String], to json: inout JSONWriter
    ) {
        json.object { json in
            json.member("operationId", operation.identifier)
            json.member("summary", operation.summary)
            json.member("description", operation.text)
            json.name("parameters")
            json.array { json in
                for parameter in PathParameter.of(operation.path) {
                    writeParameter(parameter.rawValue, in: "path", parameter.text, .text(), isRequired: true, to: &json)
                }
                for (option, standing) in operation.options {
                    writeParameter(
                        option.rawValue, in: "query", option.text,
                        standing.map { .defaulted(option.schema, $0) } ?? option.schema, to: &json)
                }
                for field in RequestField.allCases where field.isTaken(by: operation) {
                    writeParameter(field.rawValue, in: "header", field.text, field.schema, to: &json)
                }
            }
            if let contents = operation.content {
                json.name("requestBody")
                json.object { json in
                    json.name("required")
                    json.boolean(true)
                    json.name("content")
                    write(contents, to: &json)
                }
            }
            json.name("responses")
            json.object { json in
                for answer in operation.answers {
                    json.escapedName(String(answer.status.code))
                    let hasContent = operation.method != .head
                    if let name = SharedAnswer(answer, hasContent: hasContent).flatMap({ names[$0] }) {
                        json.object { $0.member("$ref", "#/components/responses/" + name) }
                    } else {
                        write(answer, hasContent: hasContent, to: &json)
                    }
                }
            }
            if operation.asksForKey {
                json.name("security")
                json.array { json in
                    for scheme in KeyScheme.allCases {
                        json.object { json in
                            json.escapedName(scheme.rawValue)
                            json.array { _ in }
                        }
                    }
                }
            }
        }
    }

    private static func writeParameter(
        _ name: String, in place: String, _ text: String, _ schema: Schema, isRequired: Bool = false,
        to json: inout JSONWriter
    ) {
        json.object { json in
            json.member("name", name)
            json.member("in", place)
            if isRequired {
                json.name("required")
                json.boolean(true)
            }
            json.member("description", text)
            json.name("schema")
            write(schema, to: &json)
        }
    }

    // MARK: Answers

    private static func write(_ answer: APIDescription.Answer, hasContent: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.member("description", answer.sentence)
            json.name("headers")
            json.object { json in
                for (fields, isRequired) in [(answer.fields, true), (answer.optionalFields, false)] {
                    for field in fields {
                        json.escapedName(field.rawValue)
                        json.object { $0.member("$ref", "#/components/headers/" + key(field, isRequired: isRequired)) }
                    }
                }
            }
            guard hasContent else { return }
            var contents = answer.own?.contents ?? []
            for form in answer.problems.isEmpty ? [] : answer.forms {
                guard form == .multibox else {
                    contents.append(form.failure)
                    continue
                }
                contents.append(
                    AnswerDescription.Content(
                        mediaType: form.failure.mediaType,
                        schema: .all([
                            form.failure.schema,
                            .object([
                                Schema.Member(
                                    "type", .word(answer.problems.map(\.urn)), "One of those of this status."),
                                Schema.Member(
                                    "status", .integer(answer.status.code...answer.status.code), "This status."),
                            ]),
                        ])))
            }
            guard !contents.isEmpty else { return }
            json.name("content")
            write(contents, to: &json)
        }
    }

    private static func write(_ contents: [AnswerDescription.Content], to json: inout JSONWriter) {
        json.object { json in
            for content in contents {
                json.escapedName(content.mediaType)
                json.object { json in
                    json.name("schema")
                    write(content.schema, to: &json)
                }
            }
        }
    }

    /// The name of a field's description: one that is always there is another one than one that may be.
    private static func key(_ field: AnswerField, isRequired: Bool) -> String {
        field.rawValue + (isRequired ? "" : ".optional")
    }

    private static func write(_ field: AnswerField, isRequired: Bool, to json: inout JSONWriter) {
        json.escapedName(key(field, isRequired: isRequired))
        json.object { json in
            json.member("description", field.text)
            json.name("required")
            json.boolean(isRequired)
            json.name("schema")
            write(field.schema, to: &json)
        }
    }

    private static func writeKeySchemes(to json: inout JSONWriter) {
        for scheme in KeyScheme.allCases {
            json.escapedName(scheme.rawValue)
            json.object { json in
                switch scheme {
                case .bearer:
                    json.member("type", "http")
                    json.member("scheme", "bearer")
                    json.member("description", "A key of `--api-keys-file`, as a Bearer token (RFC 6750).")
                case .apiKey:
                    json.member("type", "apiKey")
                    json.member("in", "header")
                    json.member("name", APIKeys.field)
                    json.member("description", "The same in a field of its own.")
                }
            }
        }
    }

    // MARK: Schemas

    private static func write(_ schema: Schema, text: String? = nil, to json: inout JSONWriter) {
        json.object { json in
            if let text { json.member("description", text) }
            writeMembers(of: schema, to: &json)
        }
    }

    private static func writeMembers(of schema: Schema, to json: inout JSONWriter) {
        switch schema {
        case .text(let format):
            json.member("type", "string")
            if let format { json.member("format", format) }
        case .word(let words):
            json.member("type", "string")
            json.name("enum")
            json.array { json in for word in words { json.string(word) } }
        case .meaning(let meanings):
            json.member("type", "string")
            json.name("oneOf")
            json.array { json in
                for meaning in meanings {
                    json.object { json in
                        json.member("const", meaning.value)
                        json.member("title", meaning.title)
                        json.member("description", meaning.text)
                    }
                }
            }
        case .base64:
            json.member("type", "string")
            json.member("contentEncoding", "base64")
        case .bytes(let mediaType):
            json.member("type", "string")
            json.member("format", "binary")
            if let mediaType { json.member("contentMediaType", mediaType) }
        case .boolean: json.member("type", "boolean")
        case .null: json.member("type", "null")
        case .integer(let range):
            json.member("type", "integer")
            json.member("minimum", range.lowerBound)
            if range.upperBound < .max { json.member("maximum", range.upperBound) }
        case .number(let range):
            json.member("type", "number")
            json.member("minimum", range.lowerBound, decimals: 1)
            if range.upperBound < .infinity { json.member("maximum", range.upperBound, decimals: 1) }
        case .array(let element, let count):
            json.member("type", "array")
            json.name("items")
            write(element, to: &json)
            if count.lowerBound > 0 { json.member("minItems", count.lowerBound) }
            if count.upperBound < .max { json.member("maxItems", count.upperBound) }
        case .object(let members, let isClosed): write(members, isClosed: isClosed, to: &json)
        case .map(let schema):
            json.member("type", "object")
            json.name("additionalProperties")
            write(schema, to: &json)
        case .either(let schemas):
            json.name("oneOf")
            json.array { json in for schema in schemas { write(schema, to: &json) } }
        case .all(let schemas):
            json.name("allOf")
            json.array { json in for schema in schemas { write(schema, to: &json) } }
        case .named(let name): json.member("$ref", "#/components/schemas/" + name.rawValue)
        case .defaulted(let schema, let value):
            writeMembers(of: schema, to: &json)
            json.name("default")
            switch value {
            case .text(let text): json.string(text)
            case .integer(let integer): json.integer(integer)
            case .number(let number): json.number(number, decimals: 4)
            }
        }
    }

    private static func write(_ members: [Schema.Member], isClosed: Bool, to json: inout JSONWriter) {
        json.member("type", "object")
        if !members.isEmpty {
            json.name("properties")
            json.object { json in
                for member in members {
                    json.escapedName(member.name)
                    write(member.schema, text: member.text, to: &json)
                }
            }
        }
        let required = members.filter(\.isRequired)
        if !required.isEmpty {
            json.name("required")
            json.array { json in for member in required { json.string(member.name) } }
        }
        if isClosed {
            json.name("additionalProperties")
            json.boolean(false)
        }
    }
}

extension APIDescription.Operation {
    /// What generated clients call it.
    var identifier: String {
        func capitalized(_ word: some StringProtocol) -> String { word.prefix(1).uppercased() + word.dropFirst() }
        let words = route.paths.count == 1 ? [] : path.split { !$0.isLetter && !$0.isNumber }.map { capitalized($0) }
        let name = "\(route)" + words.joined()
        return method == route.methods[0] ? name : name + capitalized(method.name.lowercased())
    }
}

extension APIDescription.Answer {
    /// When it is given.
    var sentence: String {
        let told = problems.map(\.rawValue).joined(separator: ", ")
        return [own?.text, problems.isEmpty ? nil : "Problems: \(told)."].compactMap(\.self).joined(separator: " ")
    }
}
