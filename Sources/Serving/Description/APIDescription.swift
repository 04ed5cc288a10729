import HTTP
import MultiBox

/// What the service can do, as it runs: everything that can be asked for, and everything that can be answered. Made of what
/// routes, options, problems and answers say of themselves; ``OpenAPIDocument`` writes it for programs,
/// ``DocumentationPage`` for people.
struct APIDescription: Sendable {
    /// A method of a path.
    struct Operation: Sendable {
        let route: ServiceRoute
        let path: String
        let method: Method
        let summary: String
        let text: String
        /// Its options in the query, each with what holds where it is not said.
        let options: [(name: OptionName, standing: Schema.Literal?)]
        /// What its content may be; nil where it needs none.
        let content: [AnswerDescription.Content]?
        /// Whether it asks for a key.
        let asksForKey: Bool
        /// Its answers by status, in order.
        let answers: [Answer]
    }

    /// What is answered with a status.
    struct Answer: Sendable {
        let status: StatusCode
        /// What is no problem.
        let own: AnswerDescription?
        /// What is one.
        let problems: [ProblemType]
        /// The protocols in whose forms those are told.
        let forms: [ServiceProtocol]
        /// The fields that are always there, and those that may be.
        let (fields, optionalFields): ([AnswerField], [AnswerField])
    }

    let version: String
    let operations: [Operation]
    /// Whether keys are asked for at all.
    let asksForKeys: Bool

    /// - Parameter model: what the model in service says of options that a request leaves open; nil while there is none.
    init(_ options: ServiceOptions, asksForKeys: Bool, model: DetectionOutputConfiguration?) {
        version = options.version
        self.asksForKeys = asksForKeys
        operations = ServiceRoute.served(options).flatMap { route in
            route.paths.flatMap { path in
                (route.methods.flatMap { $0 == .get ? [.get, .head] : [$0] } + [Method.options]).map { method in
                    Operation(route, path, method, options, asksForKeys: asksForKeys, model: model)
                }
            }
        }
    }
}

extension APIDescription.Operation {
    fileprivate init(
        _ route: ServiceRoute, _ path: String, _ method: Method, _ service: ServiceOptions, asksForKeys: Bool,
        model: DetectionOutputConfiguration?
    ) {
        self.route = route
        self.path = path
        self.method = method
        asksForKey = asksForKeys && !route.isOpen
        let isOwn = route.methods.contains(method)
        let problems: [ProblemType]
        let own: [AnswerDescription]
        switch method {
        case .options:
            summary = "The methods of the path"
            text =
                service.allowedOrigins.isEmpty
                ? "They stand in `Allow`."
                : "They stand in `Allow`. Pages of `--cors-origin` are told with which of them, and with which fields, they "
                    + "may ask; browsers ask that without a key."
            own = [AnswerDescription(status: .noContent, text: "The methods.", contents: [], fields: [.allow])]
            problems = [.tooManyConnections] + route.problems.filter { ProblemType.ofAccess.contains($0) }
        case .head:
            summary = "\(route.summary(at: path)), without content"
            text = "The fields that GET answers."
            own = route.answers(at: path).map {
                AnswerDescription(
                    status: $0.status, text: $0.text, contents: [], fields: $0.fields,
                    optionalFields: $0.optionalFields, isCompressible: $0.isCompressible
                )
            }
            problems = route.problems
        default:
            summary = route.summary(at: path)
            text = route.text(at: path, service)
            own = route.answers(at: path)
            problems = route.problems
        }
        content = isOwn ? route.content(service, model) : nil
        options = method == .options ? [] : route.options.map { ($0, $0.standing(service, model)) }
        answers = Self.answers(own, problems + ProblemType.ofAnyRequest, route, isOwn: isOwn, service)
    }

    private static func answers(
        _ own: [AnswerDescription], _ problems: [ProblemType], _ route: ServiceRoute, isOwn: Bool,
        _ service: ServiceOptions
    ) -> [APIDescription.Answer] {
        let problems = ProblemType.sent.filter { problems.contains($0) }
        let statuses = Set(own.map(\.status.code) + problems.flatMap { $0.statuses.map(\.code) }).sorted()
        return statuses.compactMap { StatusCode($0) }.map { status in
            let answer = own.first { $0.status == status }
            let told = problems.filter { $0.statuses.contains(status) }
            // Those that come with whatever has this status, and those that come with some of it.
            let each = (answer.map { [$0.fields] } ?? []) + told.map { $0.field.map { [$0] } ?? [] }
            let some = AnswerField.allCases.filter { field in each.contains { $0.contains(field) } }
            let all = some.filter { field in each.allSatisfy { $0.contains(field) } }
            var optional = some.filter { !all.contains($0) } + AnswerField.ofSomeAnswers
            optional += answer?.optionalFields ?? []
            if answer?.isCompressible == true { optional.append(.contentEncoding) }
            if !service.allowedOrigins.isEmpty {
                optional += [.allowedOrigin, .exposedFields]
                if status == .noContent { optional += [.allowedMethods, .allowedFields, .preflightAge] }
            }
            return APIDescription.Answer(
                status: status, own: answer, problems: told,
                forms: [route.spoken]
                    + (isOwn
                        ? route.recognized.filter { form in told.contains { form.recognizedProblems.contains($0) } }
                        : []),
                fields: AnswerField.ofEveryAnswer + all,
                optionalFields: optional)
        }
    }
}
