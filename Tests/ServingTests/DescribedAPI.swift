import HTTP
import JSON
import Serving
import Testing

/// What `/openapi.json` says, and answers held against it.
struct DescribedAPI {
    /// An operation, an answer and a type of problem: what the description says that there is.
    struct Told: Hashable, Comparable, CustomStringConvertible {
        let operation: String
        let status: Int
        /// The type of the problem; nil for an answer that is none.
        let problem: String?

        var description: String { "\(operation) \(status) \(problem ?? "")" }
        static func < (a: Told, b: Told) -> Bool { a.description < b.description }
    }

    let document: JSONValue
    private let check: SchemaCheck

    /// What a service says of itself.
    init(_ service: Service) async throws {
        let response = try await service.ask(.get, "/openapi.json")
        try #require(response.status == .ok && response.headers["Content-Type"] == "application/json")
        document = try JSONReader.parse(response.body[...], maximumDepth: 64, maximumValues: 1 << 18)
        check = SchemaCheck(document: document)
    }

    /// The operations: `GET /livez`.
    var operations: [String] {
        (document["paths"]?.members ?? []).flatMap { path, item in
            item.members.map { "\($0.name.uppercased()) \(path)" }
        }
    }

    func operation(_ name: String) -> JSONValue? {
        let parts = name.split(separator: " ")
        return document["paths"]?[String(parts[1])]?[parts[0].lowercased()]
    }

    /// The answers of an operation, by status.
    func answers(of operation: String) -> [(status: String, answer: JSONValue)] {
        (self.operation(operation)?["responses"]?.members ?? []).map { status, answer in
            (status, answer["$ref"]?.text.flatMap { check.resolve($0) } ?? answer)
        }
    }

    /// A parameter of an operation.
    func parameter(_ name: String, of operation: String) -> JSONValue? {
        self.operation(operation)?["parameters"]?.elements.first { $0["name"]?.text == name }
    }

    /// Everything that is said to be answered.
    var told: Set<Told> {
        var told: Set<Told> = []
        for name in operations {
            for (status, answer) in answers(of: name) {
                let contents = answer["content"]?.members ?? []
                let problems = Self.problems(of: answer)
                // Where there is no content, as of HEAD, the sentence says what problems there are.
                if contents.contains(where: { $0.name != "application/problem+json" })
                    || problems.isEmpty && answer["description"]?.text?.contains("Problems:") == false
                {
                    told.insert(Told(operation: name, status: Int(status) ?? 0, problem: nil))
                }
                for problem in problems {
                    told.insert(Told(operation: name, status: Int(status) ?? 0, problem: problem))
                }
            }
        }
        return told
    }

    private static func problems(of answer: JSONValue) -> [String] {
        let schemas = answer["content"]?["application/problem+json"]?["schema"]?["allOf"]?.elements ?? []
        return schemas.compactMap { $0["properties"]?["type"]?["enum"]?.elements }.flatMap { $0 }.compactMap(\.text)
            .compactMap { $0.split(separator: ":").last.map(String.init) }
    }

    /// What was answered, if the description has it, with all its fields and every member of its content.
    func expect(
        _ response: Response, of operation: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Told? {
        let status = response.status.code
        guard let answer = answers(of: operation).first(where: { $0.status == String(status) })?.answer else {
            Issue.record("\(operation) does not say that it answers \(status)", sourceLocation: sourceLocation)
            return nil
        }
        var faults = fieldFaults(response, answer)
        let type = response.headers["Content-Type"]
        if let type, !operation.hasPrefix("HEAD"), !response.body.isEmpty {
            if let content = answer["content"]?[type] {
                if let schema = content["schema"], type.hasSuffix("json") {
                    do {
                        let isPacked = response.headers["Content-Encoding"] == "gzip"
                        let body =
                            isPacked
                            ? try Gzip.decompress(response.body, limit: 1 << 20, maximumRatio: 1000) { _ in true }
                            : response.body
                        let value = try JSONReader.parse(body[...], maximumDepth: 64, maximumValues: 1 << 18)
                        faults += check.faults(value, schema)
                    } catch { faults.append("the content is no JSON: \(error)") }
                }
            } else {
                faults.append("\(type) is not described")
            }
        }
        #expect(faults.isEmpty, "\(operation) \(status)", sourceLocation: sourceLocation)
        return Told(operation: operation, status: status, problem: response.problem)
    }

    private func fieldFaults(_ response: Response, _ answer: JSONValue) -> [String] {
        var faults: [String] = []
        let described = answer["headers"]?.members ?? []
        for field in response.headers where field.name != "Content-Type" {
            guard let reference = described.first(where: { $0.name == field.name })?.value["$ref"]?.text,
                let schema = check.resolve(reference)?["schema"]
            else {
                faults.append("the field \(field.name) is not described")
                continue
            }
            let isNumber = schema["type"]?.text == "integer"
            let text = Array((isNumber ? field.value : "\"" + field.value.filter { $0 != "\"" } + "\"").utf8)
            guard let value = try? JSONReader.parse(text[...]) else {
                faults.append("\(field.name): \(field.value)")
                continue
            }
            faults += check.faults(value, schema, at: field.name)
        }
        for (name, reference) in described {
            let field = reference["$ref"]?.text.flatMap { check.resolve($0) }
            if field?["required"] == .boolean(true), !response.headers.contains(name) {
                faults.append("the field \(name) is missing")
            }
        }
        return faults
    }
}
