import Metrics
import MultiBox
import Synchronization

/// The metrics of the service. Every series exists at 0 from the start, those by class from the first model on.
final class ServiceMetrics: Sendable {
    /// What a scrape shows of the service's state.
    struct Observables {
        /// Name, version, architecture, precision and instruction set of the model in use.
        var model: [String]?
        /// Asks the transport for its open connections.
        var connections: @Sendable () -> Int = { 0 }
        /// By class, for as long as the process lives; what later models have beside these is counted as `other`.
        var detections: MetricFamily<Counter>?
    }

    let registry = MetricsRegistry()
    let decode: Histogram
    let queueWait: Histogram
    let inference: Histogram
    let postprocess: Histogram
    let batchSize: Histogram
    /// Requests by the key that let them in.
    let keys: KeyCounters
    private let requests: RequestCounters
    /// One for each route, and one for no route.
    private let durations: [Histogram]
    private let rejections: MetricFamily<Counter>
    private let images: MetricFamily<Counter>
    private let observables = Mutex(Observables())

    init(options: ServiceOptions, admission: Admission, requestsInFlight: @escaping @Sendable () -> Int) {
        requests = RequestCounters(registry)
        keys = KeyCounters(registry)
        durations =
            registry.histograms(
                "multibox_http_request_duration_seconds", help: "From the arrival of a request to its answer.",
                labels: LabelSet(.init("route", ServiceRoute.allCases.map(\.rawValue), otherwise: ServiceRoute.noRoute))
            ).series
        decode = registry.histogram(
            "multibox_decode_seconds", help: "From the bytes of an image to the network's input.")
        queueWait = registry.histogram(
            "multibox_queue_wait_seconds", help: "Waiting of an image for a worker and for its batch.")
        inference = registry.histogram("multibox_inference_seconds", help: "The network's run over a batch.")
        postprocess = registry.histogram(
            "multibox_postprocess_seconds", help: "From the network's outputs to detections, for a batch.")
        batchSize = registry.histogram(
            "multibox_batch_size", help: "Images of a batch.",
            buckets: .powersOfTwo(through: options.maximumBatchSize))
        rejections = registry.counters(
            "multibox_rejected_total", help: "Requests turned away for the load or for a limit.",
            labels: LabelSet(.init("reason", RejectionReason.allCases.map(\.rawValue))))
        images = registry.counters(
            "multibox_images_total", help: "Images by what became of them.",
            labels: LabelSet(.init("outcome", ImageOutcome.allCases.map(\.rawValue))))
        registerState(options: options, admission: admission, requestsInFlight: requestsInFlight)
    }

    private func registerState(
        options: ServiceOptions, admission: Admission, requestsInFlight: @escaping @Sendable () -> Int
    ) {
        registry.gauge("multibox_queue_depth", help: "Images that wait for a batch.") { Double(admission.images) }
        registry.gauge("multibox_queue_bytes", help: "Bytes that unanswered requests hold.") {
            Double(admission.bytes)
        }
        registry.gauge("multibox_requests_in_flight", help: "Requests that are not answered yet.") {
            Double(requestsInFlight())
        }
        registry.gauge("multibox_connections", help: "Open connections.") { [weak self] in
            Double(self?.observables.withLock { $0.connections }() ?? 0)
        }
        registry.info(
            "multibox_model_info", help: "The model in use.",
            labels: ["name", "version", "architecture", "precision", "isa"]
        ) { [weak self] in self?.observables.withLock { $0.model }.map { [$0] } ?? [] }
        registry.info("multibox_build_info", help: "The program.", labels: ["version"]) { [[options.version]] }
        registry.registerProcessMetrics()
    }

    // MARK: Observations

    /// Counts an answered request.
    func count(route: ServiceRoute?, method: MethodLabel, status: Int, duration: Duration) {
        requests.count(route, method, status: status)
        durations[route?.ordinal ?? durations.count - 1].observe(duration)
    }

    /// Counts a failed request among the rejections, if it is one.
    func countRejection(_ error: ServiceError) {
        if let reason = RejectionReason(error) { rejections[reason.rawValue].increment() }
    }

    /// Counts an image.
    func count(_ outcome: ImageOutcome) { images[outcome.rawValue].increment() }

    // MARK: State

    /// Shows another number of connections.
    func observeConnections(_ count: @escaping @Sendable () -> Int) {
        observables.withLock { $0.connections = count }
    }

    /// Shows a model; returns the counters of its classes, by score column.
    func show(model info: [String], labels: LabelMap) -> [Counter] {
        let names = (0..<labels.count).map { labels.name(of: $0) ?? "other" }
        let family = observables.withLock { observables -> MetricFamily<Counter> in
            observables.model = info
            if let family = observables.detections { return family }
            // Names that differ in nothing but their case are one in a label map, so none occurs twice.
            let label = LabelSet.Label("class", names.filter { $0 != "other" }, otherwise: "other")
            let family = registry.counters(
                "multibox_detections_total", help: "Objects detected, by class.", labels: LabelSet(label))
            observables.detections = family
            return family
        }
        return names.map { family[$0] }
    }
}
