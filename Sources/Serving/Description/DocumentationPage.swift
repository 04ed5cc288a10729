import HTTP

/// A description of the service as a page, for people. It has no scripts and asks for nothing else.
struct DocumentationPage: Sendable {
    static let mediaType = "text/html; charset=utf-8"

    /// What the page may do, for the browser to hold it to: to look as it does.
    static let protection: HeaderFields = [
        AnswerField.contentSecurityPolicy.rawValue: """
        default-src 'none'; style-src \(DocumentationStyle.source); base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'
        """,
        AnswerField.contentTypeOptions.rawValue: "nosniff",
        AnswerField.referrerPolicy.rawValue: "no-referrer",
    ]

    /// The page, UTF-8.
    let bytes: [UInt8]

    init(_ description: APIDescription) {
        var html = HTMLWriter()
        html.writeVerbatim("<!doctype html>")
        html.element("html", [("lang", "en")]) { html in
            html.element("head") { html in
                html.open("meta", [("charset", "utf-8")])
                html.open("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
                html.element("title", "multibox: HTTP API")
                html.element("style") { $0.writeVerbatim(DocumentationStyle.text) }
            }
            html.element("body") { html in
                Self.writeHeader(description, to: &html)
                html.element("main") { html in
                    for operation in description.operations where operation.method == operation.route.methods[0] {
                        Self.write(operation, to: &html)
                    }
                    Self.writeSchemas(to: &html)
                    Self.writeFields(description, to: &html)
                    Self.writeProblems(to: &html)
                }
            }
        }
        bytes = Array(html.text.utf8)
    }

    // MARK: Beginning

    private static func writeHeader(_ description: APIDescription, to html: inout HTMLWriter) {
        html.element("header") { html in
            html.element("h1", "multibox: HTTP API")
            html.element("p", [("class", "soft")], "Version \(description.version)")
            html.element("p", OpenAPIDocument.text)
            html.element(
                "p",
                description.asksForKeys
                    ? "Paths marked so ask for a key: `Authorization: Bearer KEY`, or `\(APIKeys.field): KEY`."
                    : "This service asks for no key.")
            html.element("p") { html in
                html.write(
                    "In the examples `$URL` is where the service is, such as `http://localhost:8080`; `$MODEL` and `$VERSION` are "
                        + "what `/model` says. For programs: ")
                link(ServiceRoute.openAPI.rawValue, ServiceRoute.openAPI.rawValue, to: &html)
                html.write(", OpenAPI 3.1.")
            }
        }
        html.element("nav", [("aria-label", "Contents")]) { html in
            html.element("ul") { html in
                for operation in description.operations where operation.method == operation.route.methods[0] {
                    html.element("li") { html in
                        html.element("a", [("href", "#" + anchor(operation.path))]) { html in
                            writeName(of: operation, to: &html)
                        }
                        html.write(" " + operation.summary)
                    }
                }
                for (title, id) in [("Objects", "objects"), ("Header fields", "fields"), ("Problems", "problems")] {
                    html.element("li") { link(title, "#" + id, to: &$0) }
                }
            }
        }
    }

    private static func link(_ text: String, _ target: String, to html: inout HTMLWriter) {
        html.element("a", [("href", target)], text)
    }

    /// The name of a path's place in the page.
    static func anchor(_ path: String) -> String {
        path == "/" ? "root" : String(path.dropFirst().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }

    private static func writeName(of operation: APIDescription.Operation, to html: inout HTMLWriter) {
        let name = operation.method.name
        html.element("span", [("class", "method " + name.lowercased())], name)
        html.element("code", operation.path)
    }

    /// A table in a box of its own, so that a narrow page scrolls it alone.
    private static func table(
        _ title: String, _ columns: [String], to html: inout HTMLWriter, _ rows: (inout HTMLWriter) -> Void
    ) {
        html.element("div", [("class", "wide"), ("role", "region"), ("aria-label", title), ("tabindex", "0")]) { html in
            html.element("table") { html in
                html.element("thead") { html in
                    html.element("tr") { html in
                        for column in columns { html.element("th", [("scope", "col")], column) }
                    }
                }
                html.element("tbody", [], rows)
            }
        }
    }

    private static func row(_ cells: [String], id: String? = nil, to html: inout HTMLWriter) {
        html.element("tr", id.map { [("id", $0)] } ?? []) { html in
            for cell in cells { html.element("td", cell) }
        }
    }

    // MARK: Operations

    private static func write(_ operation: APIDescription.Operation, to html: inout HTMLWriter) {
        html.element("section") { html in
            html.element("h2", [("id", anchor(operation.path))]) { writeName(of: operation, to: &$0) }
            html.element("p") { html in
                html.element("strong", operation.summary + ".")
                html.write(" " + operation.text + (operation.asksForKey ? " Asks for a key." : ""))
            }
            html.element("pre") { html in
                let key = operation.asksForKey ? #" -H "Authorization: Bearer $KEY""# : ""
                let examples = operation.route.examples(at: operation.path)
                html.element("code", examples.map { $0 + key }.joined(separator: "\n"))
            }
            if !operation.options.isEmpty {
                html.element("h3", "Options")
                table("Options of \(operation.path)", ["Option", "Takes", "Default", "What it does"], to: &html) {
                    html in
                    for (option, standing) in operation.options {
                        row(
                            [
                                "`\(option.rawValue)`", words(option.schema), standing.map { "`\(words($0))`" } ?? "",
                                option.text,
                            ], to: &html)
                    }
                }
            }
            if let contents = operation.content { write(contents, of: operation, to: &html) }
            html.element("h3", "Answers")
            table("Answers of \(operation.path)", ["Status", "When", "As"], to: &html) { html in
                for answer in operation.answers { write(answer, to: &html) }
            }
        }
    }

    private static func write(
        _ contents: [AnswerDescription.Content], of operation: APIDescription.Operation, to html: inout HTMLWriter
    ) {
        html.element("h3", "Content")
        table("Content of \(operation.path)", ["Content-Type", "What"], to: &html) { html in
            for content in contents { row(["`\(content.mediaType)`", contentWords(content.schema)], to: &html) }
        }
    }

    /// What a request's content is, options left out, which have a table.
    private static func contentWords(_ schema: Schema) -> String {
        let options = Set(OptionName.allCases.map(\.rawValue))
        return switch schema {
        case .object(let members, _):
            members.filter { !options.contains($0.name) }.map { "`\($0.name)`: \($0.text)" }.joined(separator: " ")
                + " Options beside them."
        case .either(let schemas): schemas.map(contentWords).joined(separator: " Or ")
        default: "A photo."
        }
    }

    private static func write(_ answer: APIDescription.Answer, to html: inout HTMLWriter) {
        html.element("tr") { html in
            html.element("td", "\(answer.status.code) \(answer.status.reason)")
            html.element("td") { html in
                if let own = answer.own { html.write(own.text + (answer.problems.isEmpty ? "" : " ")) }
                for (index, problem) in answer.problems.enumerated() {
                    html.write(index == 0 ? "" : ", ")
                    link(problem.rawValue, "#problem-" + problem.rawValue, to: &html)
                }
            }
            html.element("td") { html in
                for (index, content) in (answer.own?.contents ?? []).enumerated() {
                    html.write(index == 0 ? "" : ", ")
                    html.element("code", content.mediaType)
                    write(content.schema, to: &html)
                }
                for (index, form) in (answer.problems.isEmpty ? [] : answer.forms).enumerated() {
                    html.write(answer.own == nil && index == 0 ? "" : ", ")
                    html.element("code", form.failure.mediaType)
                    if form != .multibox { write(form.failure.schema, to: &html) }
                }
            }
        }
    }

    /// The objects that content is, where it is JSON.
    private static func write(_ schema: Schema, to html: inout HTMLWriter) {
        let names: [Schema.Name] =
            switch schema {
            case .named(let name): [name]
            case .either(let schemas): schemas.compactMap { if case .named(let name) = $0 { name } else { nil } }
            default: []
            }
        for (index, name) in names.enumerated() {
            html.write(index == 0 ? " " : " or ")
            link(name.rawValue, "#object-" + name.rawValue, to: &html)
        }
    }

    // MARK: End

    private static func writeSchemas(to html: inout HTMLWriter) {
        html.element("section") { html in
            html.element("h2", [("id", "objects")], "Objects")
            for name in Schema.Name.allCases where name != .problemType {
                html.element("h3", [("id", "object-" + name.rawValue)], name.rawValue)
                html.element("p", name.text)
                guard case .object(let members, _) = name.schema else { continue }
                table(name.rawValue, ["Member", "Is", "What"], to: &html) { html in
                    writeRows(of: members, in: "", to: &html)
                }
            }
        }
    }

    /// A row for each member, and for each member of those that have members.
    private static func writeRows(of members: [Schema.Member], in path: String, to html: inout HTMLWriter) {
        for member in members {
            let name = path + member.name
            html.element("tr") { html in
                html.element("td") { html in
                    html.element("code", name)
                    if !member.isRequired { html.element("span", [("class", "soft")], " at times") }
                }
                html.element("td") { writeKind(of: member.schema, to: &$0) }
                html.element("td", member.text)
            }
            switch member.schema {
            case .object(let members, _): writeRows(of: members, in: name + ".", to: &html)
            case .array(.object(let members, _), _): writeRows(of: members, in: name + "[].", to: &html)
            case .array(.either(let schemas), _):
                for case .object(let members, _) in schemas { writeRows(of: members, in: name + "[].", to: &html) }
            default: break
            }
        }
    }

    /// What a value is; a link where that has a name.
    private static func writeKind(of schema: Schema, to html: inout HTMLWriter) {
        switch schema {
        case .named(.problemType): link("text", "#problems", to: &html)
        case .named(let name): link(name.rawValue, "#object-" + name.rawValue, to: &html)
        case .array(let element, _):
            html.write("list of ")
            writeKind(of: element, to: &html)
        case .either(let schemas):
            for (index, schema) in schemas.enumerated() {
                html.write(index == 0 ? "" : " or ")
                writeKind(of: schema, to: &html)
            }
        default: html.write(words(schema))
        }
    }

    private static func writeFields(_ description: APIDescription, to html: inout HTMLWriter) {
        let answers = description.operations.flatMap(\.answers)
        html.element("section") { html in
            html.element("h2", [("id", "fields")], "Header fields")
            table("Header fields of requests", ["Of requests", "What it says"], to: &html) { html in
                for field in RequestField.allCases where description.operations.contains(where: field.isTaken) {
                    row(["`\(field.rawValue)`", field.text], to: &html)
                }
            }
            table("Header fields of answers", ["Of answers", "What it says"], to: &html) { html in
                for field in AnswerField.allCases
                where answers.contains(where: { $0.fields.contains(field) || $0.optionalFields.contains(field) }) {
                    row(["`\(field.rawValue)`", field.text], to: &html)
                }
            }
        }
    }

    private static func writeProblems(to html: inout HTMLWriter) {
        html.element("section") { html in
            html.element("h2", [("id", "problems")], "Problems")
            html.element(
                "p",
                "An answer of `\(Problem.mediaType)` has the `type` `urn:multibox:problem:NAME`, where `NAME` is one of:"
            )
            table("Problems", ["Name", "Status", "What"], to: &html) { html in
                for type in ProblemType.sent {
                    let statuses = type.statuses.map { String($0.code) }.joined(separator: ", ")
                    row(
                        ["`\(type.rawValue)`", statuses, type.meaning], id: "problem-" + type.rawValue, to: &html)
                }
            }
        }
    }

    // MARK: Words

    private static func words(_ value: Schema.Literal) -> String {
        switch value {
        case .text(let text): text
        case .integer(let integer): String(integer)
        case .number(let number): decimal(number)
        }
    }

    /// A number without a fraction of 0.
    private static func decimal(_ number: Double) -> String {
        Int(exactly: number).map { String($0) } ?? String(Float(number))
    }

    /// What a value is, in a few words.
    private static func words(_ schema: Schema) -> String {
        switch schema {
        case .text, .meaning: "text"
        case .word(let words): words.map { "`\($0)`" }.joined(separator: " or ")
        case .base64: "base64"
        case .bytes: "bytes"
        case .boolean: "true or false"
        case .null: "null"
        case .integer(let range):
            range.upperBound == .max ? "whole number" : "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            range.upperBound == .infinity ? "number" : "\(decimal(range.lowerBound)) to \(decimal(range.upperBound))"
        case .array(let element, _): "list of " + words(element)
        case .object, .map: "object"
        case .either(let schemas): schemas.map { words($0) }.joined(separator: " or ")
        case .all(let schemas): schemas.map { words($0) }.joined(separator: " and ")
        case .named(let name): name.rawValue
        case .defaulted(let schema, _): words(schema)
        }
    }
}
