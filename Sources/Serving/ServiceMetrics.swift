import Metrics
import Synchronization

/// The metrics of the service. Every series exists at 0 from the start, those by class from the first model on.
///
/// What is counted of models has the label `model` where several can be served, and none where there is one. Its values are
/// the names of the models in service: a name that goes takes its series along.
final class ServiceMetrics: Sendable {
    /// What a scrape shows of the service's state.
    private struct State {
        /// In the order of the models in service.
        var models: [(name: String, metrics: ModelMetrics)] = []
        /// Whether objects by class are among the metrics.
        var showsDetections = false
        /// Asks the transport for its open connections.
        var connections: @Sendable () -> Int = { 0 }
    }

    let registry = MetricsRegistry()
    /// Requests by the key that let them in.
    let keys: KeyCounters
    private let requests: RequestCounters
    /// One for each route, and one for no route.
    private let durations: [Histogram]
    private let rejections: MetricFamily<Counter>
    private let namesModels: Bool
    private let maximumBatchSize: Int
    private let state = Mutex(State())

    init(options: ServiceOptions, admission: Admission, requestsInFlight: @escaping @Sendable () -> Int) {
        requests = RequestCounters(registry)
        keys = KeyCounters(registry)
        namesModels = options.servesSeveralModels
        maximumBatchSize = options.maximumBatchSize
        durations =
            registry.histograms(
                "multibox_http_request_duration_seconds", help: "From the arrival of a request to its answer.",
                labels: LabelSet(.init("route", ServiceRoute.allCases.map(\.rawValue), otherwise: ServiceRoute.noRoute))
            ).series
        rejections = registry.counters(
            "multibox_rejected_total", help: "Requests turned away for the load or for a limit.",
            labels: LabelSet(.init("reason", RejectionReason.allCases.map(\.rawValue))))
        // One model is there under no name until it is loaded, and counted whatever its name is.
        if !namesModels { keep([""]) }
        registerModels()
        registerState(options: options, admission: admission, requestsInFlight: requestsInFlight)
    }

    private func registerModels() {
        registerHistogram("multibox_decode_seconds", "From the bytes of an image to the network's input.", \.decode)
        registerHistogram(
            "multibox_queue_wait_seconds", "Waiting of an image for a worker and for its batch.", \.queueWait)
        registerHistogram("multibox_inference_seconds", "The network's run over a batch.", \.inference)
        registerHistogram(
            "multibox_postprocess_seconds", "From the network's outputs to detections, for a batch.", \.postprocess)
        registerHistogram("multibox_batch_size", "Images of a batch.", \.batchSize)
        registerCounters("multibox_images_total", help: "Images by what became of them.", label: "outcome") {
            $0.images
        }
        registry.info(
            "multibox_model_info", help: "The model in use.",
            labels: labels("name", "version", "architecture", "precision", "isa")
        ) { [weak self] in
            self?.rows { values, metrics in metrics.model.map { [values + $0] } ?? [] } ?? []
        }
    }

    private func registerState(
        options: ServiceOptions, admission: Admission, requestsInFlight: @escaping @Sendable () -> Int
    ) {
        let namesModels = namesModels
        func registerQueue(
            _ name: String, help: String, _ held: @escaping @Sendable (Admission.Held) -> Int
        ) {
            registry.gauges(name, help: help, labels: labels()) { [weak self] in
                guard namesModels else { return [([], Double(held(admission.held)))] }
                let names = self?.state.withLock { $0.models.map(\.name) } ?? []
                return names.map { ([$0], Double(held(admission.held(by: $0)))) }
            }
        }
        registerQueue("multibox_queue_depth", help: "Images that wait for a batch.") { $0.images }
        registerQueue("multibox_queue_bytes", help: "Bytes that unanswered requests hold.") { $0.bytes }
        registry.gauge("multibox_requests_in_flight", help: "Requests that are not answered yet.") {
            Double(requestsInFlight())
        }
        registry.gauge("multibox_connections", help: "Open connections.") { [weak self] in
            Double(self?.state.withLock { $0.connections }() ?? 0)
        }
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

    // MARK: State

    /// Shows another number of connections.
    func observeConnections(_ count: @escaping @Sendable () -> Int) {
        state.withLock { $0.connections = count }
    }

    // MARK: Models

    /// From now on there are models of these names, in this order. Where there is one only, it keeps its place whatever it
    /// is called.
    func keep(_ names: [String]) {
        let (isOne, batch) = (!namesModels, maximumBatchSize)
        state.withLock { state in
            if isOne, !state.models.isEmpty { return }
            let earlier = state.models
            state.models = names.map { name in
                (name, earlier.first { $0.name == name }?.metrics ?? ModelMetrics(maximumBatchSize: batch))
            }
        }
    }

    /// The metrics of the model of a name, which is added to the others if it is new. From now on objects are counted.
    func ofModel(_ name: String) -> ModelMetrics {
        let (isOne, batch) = (!namesModels, maximumBatchSize)
        let (metrics, isFirst) = state.withLock { state -> (ModelMetrics, Bool) in
            let isFirst = !state.showsDetections
            state.showsDetections = true
            if let found = isOne ? state.models.first : state.models.first(where: { $0.name == name }) {
                return (found.metrics, isFirst)
            }
            let metrics = ModelMetrics(maximumBatchSize: batch)
            state.models.append((name, metrics))
            return (metrics, isFirst)
        }
        if isFirst {
            registerCounters("multibox_detections_total", help: "Objects detected, by class.", label: "class") {
                $0.detections
            }
        }
        return metrics
    }

    /// The names of labels, that of the model before them where there are several.
    private func labels(_ names: String...) -> [String] { (namesModels ? ["model"] : []) + names }

    /// The rows of a family: those of each model, which begin with its name where there are several.
    private func rows<Row>(_ body: ([String], ModelMetrics) -> [Row]) -> [Row] {
        state.withLock { $0.models }.flatMap { body(namesModels ? [$0.name] : [], $0.metrics) }
    }

    private func registerHistogram(
        _ name: String, _ help: String, _ path: KeyPath<ModelMetrics, Histogram> & Sendable
    ) {
        registry.histograms(name, help: help, labels: labels()) { [weak self] in
            self?.rows { values, metrics in [(values, metrics[keyPath: path])] } ?? []
        }
    }

    private func registerCounters(
        _ name: String, help: String, label: String,
        _ family: @escaping @Sendable (ModelMetrics) -> MetricFamily<Counter>?
    ) {
        registry.counters(name, help: help, labels: labels(label)) { [weak self] in
            self?.rows { values, metrics in
                guard let family = family(metrics) else { return [] }
                return zip(family.labels.rows, family.series).map { (values + $0, Double($1.value)) }
            } ?? []
        }
    }
}
