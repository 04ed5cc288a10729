import HTTP

/// Ends every request in the same way: the fields that all answers carry, the metrics and the log.
struct RequestRecorder: Sendable {
    let metrics: ServiceMetrics
    let accessLog: @Sendable (AccessRecord) -> Void

    /// The answer to a failed request, recorded.
    func conclude(_ error: ServiceError, _ context: RequestContext, images: Int = 0) -> Response {
        // A probe that is told to wait has not been turned away.
        if context.route == ServiceRoute.detect.rawValue || context.route == ServiceRoute.noRoute {
            metrics.countRejection(error)
        }
        return conclude(error.problem.response(requestID: context.id), context, images: images)
    }

    /// An answer as it is sent, recorded.
    func conclude(
        _ response: Response, _ context: RequestContext, stages: StageTimes? = nil, images: Int = 0
    ) -> Response {
        let duration = context.arrival.duration(to: .now)
        var response = response
        response.headers.add("X-Request-Id", context.id)
        if let trace = context.trace { response.headers.add("traceparent", trace.field) }
        response.headers.add("Cache-Control", "no-store")
        let isNegotiated =
            context.route == ServiceRoute.detect.rawValue || context.route == ServiceRoute.metrics.rawValue
        response.headers.add("Vary", isNegotiated ? "Accept, Accept-Encoding" : "Accept-Encoding")
        response.headers.add("Server-Timing", Self.serverTiming(stages, total: duration))
        record(
            context, status: response.status.code, bytesOut: response.body.count, duration: duration, stages: stages,
            images: images)
        return response
    }

    /// Records a request whose client has gone.
    func recordAbandoned(_ context: RequestContext, images: Int) {
        record(
            context, status: ServiceError.clientClosedStatus.code, bytesOut: 0,
            duration: context.arrival.duration(to: .now), stages: nil, images: images)
    }

    private func record(
        _ context: RequestContext, status: Int, bytesOut: Int, duration: Duration, stages: StageTimes?, images: Int
    ) {
        metrics.count(
            route: context.route, method: context.methodLabel(status: status), status: status, duration: duration)
        accessLog(
            AccessRecord(
                requestID: context.id, traceID: context.trace?.traceID, spanID: context.trace?.spanID,
                method: context.method?.name, route: context.route, status: status, bytesIn: context.bytesIn,
                bytesOut: bytesOut, duration: duration, stages: stages, images: images,
                remoteAddress: context.remoteAddress))
    }

    /// The value of `Server-Timing` (W3C Server Timing, section 3): milliseconds a stage.
    private static func serverTiming(_ stages: StageTimes?, total: Duration) -> String {
        var entries: [(name: String, duration: Duration)] = []
        if let stages {
            entries = [
                ("decode", stages.decode), ("queue", stages.queue), ("inference", stages.inference),
                ("postprocess", stages.postprocess),
            ]
        }
        entries.append(("total", total))
        return entries.map { name, duration in
            // In whole microseconds, written by hand: formatting a Double costs more than all the rest.
            let microseconds = max(0, Int((duration.milliseconds * 1000).rounded()))
            let fraction = String(microseconds % 1000)
            return name + ";dur=" + String(microseconds / 1000) + "."
                + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction
        }.joined(separator: ", ")
    }
}
