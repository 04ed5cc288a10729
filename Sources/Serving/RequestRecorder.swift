import Detectors
import HTTP

/// Ends every request in the same way: the fields that all answers carry, the metrics and the log.
struct RequestRecorder: Sendable {
    let metrics: ServiceMetrics
    /// Whose pages may read answers.
    let origins: AllowedOrigins
    let accessLog: @Sendable (AccessRecord) -> Void

    /// The answer to a failed request, recorded.
    ///
    /// - Parameters:
    ///   - spoken: what the client speaks, where that was not known from the route.
    ///   - model: the name of the model that was asked, where there are several.
    func conclude(
        _ error: ServiceError, _ context: RequestContext, images: Int = 0, spoken: ServiceProtocol? = nil,
        model: String? = nil
    ) -> Response {
        // A probe that is told to wait has not been turned away.
        if context.route?.detects != false { metrics.countRejection(error) }
        let problem = error.problem
        let response = (spoken ?? context.spoken).response(
            to: problem, requestID: context.id, traceID: context.trace.traceID)
        return conclude(response, context, problem: problem, images: images, model: model)
    }

    /// An answer as it is sent, recorded.
    ///
    /// - Parameter model: the name of the model that was asked, where there are several.
    func conclude(
        _ response: Response, _ context: RequestContext, stages: StageTimes? = nil, problem: Problem? = nil,
        images: Int = 0, model: String? = nil
    ) -> Response {
        let duration = context.arrival.duration(to: .now)
        var response = response
        func add(_ field: AnswerField, _ value: String) { response.headers.add(field.rawValue, value) }
        add(.requestID, context.id)
        if context.trace.parentID != nil {
            add(.trace, context.trace.field)
            if let state = context.trace.state { add(.traceState, state) }
        }
        if !response.headers.contains(AnswerField.cacheControl.rawValue) { add(.cacheControl, "no-store") }
        let isNegotiated = context.route == .detect || context.route == .metrics
        add(
            .vary,
            (isNegotiated ? "Accept, Accept-Encoding" : "Accept-Encoding")
                + (origins.makesAnswersVary ? ", Origin" : ""))
        if let origin = origins.value(for: context.origin) {
            add(.allowedOrigin, origin)
            add(.exposedFields, Self.exposedFields)
        }
        response.headers.add(AnswerField.serverTiming.rawValue, upTo: Self.timingCapacity) {
            Self.writeTiming(stages, total: duration, to: &$0)
        }
        record(
            context, status: response.status, bytesOut: response.body.count, duration: duration, stages: stages,
            problem: problem, images: images, model: model)
        return response
    }

    /// Records a request whose client has gone.
    func recordAbandoned(_ context: RequestContext, images: Int) {
        record(
            context, status: ProblemType.clientClosed, bytesOut: 0,
            duration: context.arrival.duration(to: .now), stages: nil,
            problem: ServiceError.clientClosedRequest.problem, images: images, model: nil)
    }

    private func record(
        _ context: RequestContext, status: StatusCode, bytesOut: Int, duration: Duration, stages: StageTimes?,
        problem: Problem?, images: Int, model: String?
    ) {
        let code = status.code
        metrics.count(
            route: context.route, method: context.methodLabel(status: code), status: code, duration: duration)
        // An answer of a form of its own, such as that of /healthz, has no problem but its status.
        let name = problem?.name ?? (code >= 400 ? status.reason.lowercased().replacing(" ", with: "-") : nil)
        accessLog(
            AccessRecord(
                requestID: context.id, traceID: context.trace.traceID, spanID: context.trace.spanID,
                parentSpanID: context.trace.parentID,
                method: context.method.map { $0.isKnown ? $0.name : MethodLabel.other.rawValue },
                route: context.routeLabel, status: code, bytesIn: context.bytesIn, bytesOut: bytesOut,
                duration: duration, model: model, stages: stages, images: images, remoteAddress: context.remoteAddress,
                key: context.key, problem: name, reason: problem?.detail, isProbe: context.route?.isProbe == true))
    }

    private static let exposedFields = AllowedOrigins.exposedFields.map(\.rawValue).joined(separator: ", ")

    /// Five names and five times of at most 20 digits.
    private static let timingCapacity = 256

    /// The value of `Server-Timing` (W3C Server Timing, section 3): milliseconds a stage. In whole microseconds, written by
    /// hand: to format a Double costs more than all the rest.
    private static func writeTiming(_ stages: StageTimes?, total: Duration, to writer: inout OctetWriter) {
        func append(_ name: StaticString, _ duration: Duration) {
            let microseconds = max(0, Int((duration.milliseconds * 1000).rounded()))
            writer.append(name)
            writer.append(";dur=")
            writer.append(decimal: microseconds / 1000)
            writer.append(UInt8(ascii: "."))
            for unit in [100, 10, 1] { writer.append(0x30 + UInt8(microseconds / unit % 10)) }
        }
        if let stages {
            append("decode", stages.decode)
            append(", queue", stages.queue)
            append(", inference", stages.inference)
            append(", postprocess", stages.postprocess)
            writer.append(", ")
        }
        append("total", total)
    }
}
