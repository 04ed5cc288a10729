import Batching
import HTTP
import Images
import Metrics
import Engine
import Synchronization

/// The service behind a transport: requests in, responses out, without sockets.
///
/// It can be asked from the start: it is `loading` until `load` has warmed a model up, then `ready`, `draining` from
/// `beginDrain` and `stopped` from `finishDrain` on. A model that is loaded while another one serves takes its place for
/// all requests that come after; where several are served, the place of the one with its name.
public final class DetectionService: Sendable {
    /// Tells the service that nobody waits for an answer any more.
    public typealias Cancellation = @Sendable () -> Void

    private struct State {
        var phase = ServicePhase.loading
        var models = ServedModels()
        var asksForKeys = false
        /// What the service says that it can do, once somebody has asked and until that changes.
        var documents: APIDocuments?
    }

    /// The content that is read of a request whose route takes none, in bytes; what a client sends without need.
    static let maximumUnusedBody = 64 << 10
    /// The content, in bytes, above which a request is turned away unread when the queue is full. Smaller contents cost
    /// less than a new connection.
    static let maximumBodyReadWhenFull = 256 << 10

    /// The options in force.
    public let options: ServiceOptions
    private let state = Mutex(State())
    private let start = ContinuousClock.now
    private let router: Router<ServiceRoute>
    private let admission: Admission
    private let access: Access
    private let ledger = RequestLedger()
    private let metrics: ServiceMetrics
    private let recorder: RequestRecorder
    private let workers: WorkerThreads
    private let metricsPage: MetricsPage
    private let decoder: ImageDecoder
    /// What several models share.
    private let turns: BatchTurns?

    /// A service without a model.
    ///
    /// - Parameter accessLog: called once for every request when it has been answered; from any thread.
    public init(options: ServiceOptions, accessLog: @escaping @Sendable (AccessRecord) -> Void = { _ in }) {
        precondition(options.maximumImagesPerRequest > 0 && options.maximumQueuedImages > 0)
        precondition(options.maximumDecompressedBytes > 0 && options.maximumContentExpansion > 0)
        precondition(options.maximumBodyBytes > 0 && options.maximumQueuedBytes > 0 && options.workers > 0)
        precondition(options.maximumBatchSize > 0 && options.maximumQueueDelay >= .zero)
        precondition((0...1).contains(options.defaultThreshold))
        var options = options
        // A request of more images than may wait could never be admitted.
        // Of several models each can be sure of half the places, at least.
        let places = options.servesSeveralModels ? max(1, options.maximumQueuedImages / 2) : options.maximumQueuedImages
        options.maximumImagesPerRequest = min(options.maximumImagesPerRequest, places)
        self.options = options
        router = ServiceRoute.router(options)
        admission = Admission(maximumImages: options.maximumQueuedImages, maximumBytes: options.maximumQueuedBytes)
        access = Access(options.rateLimit, wrongKeys: options.wrongKeys)
        metrics = ServiceMetrics(options: options, admission: admission) { [ledger] in ledger.count }
        recorder = RequestRecorder(metrics: metrics, origins: options.allowedOrigins, accessLog: accessLog)
        workers = WorkerThreads(count: options.workers)
        metricsPage = MetricsPage(metrics.registry)
        decoder = ImageDecoder(
            limits: options.imageLimits, scaling: options.imageScaling, isStrict: options.refusesFlawedImages,
            memory: PixelMemory(maximumIdle: options.workers))
        turns = options.servesSeveralModels ? BatchTurns(atOnce: options.batchesAtOnce) : nil
        // So that no event loop has to make it.
        // Not by a worker: a start that fails at once would end the process while that computes digests.
        if options.servesPage { _ = DemoPage.shared }
    }

    // MARK: Life

    /// Where the service is in its life.
    public var phase: ServicePhase { state.withLock { $0.phase } }

    /// Where several models are served: from now on those of these names, in this order, the first of which is meant where a
    /// request names none. Those that are there stay as they are. Those that are not named go; requests that began with
    /// them end with them. Those that are new are expected: the service begins to be ready when all of them are loaded.
    public func arrange(_ names: [String]) {
        precondition(options.servesSeveralModels && !names.isEmpty)
        metrics.keep(names)
        admission.share(among: names)
        change { $0.arrange(names) }
    }

    /// Warms an engine up on the calling thread, then serves it, in the place of an earlier one: where several are served, of
    /// the one with its name, if there is one. Requests that began with that end with it.
    public func load(_ engine: InferenceEngine) {
        let model = LoadedModel(
            engine, decoder: decoder, options: options, metrics: metrics.ofModel(engine.model.name), turns: turns)
        let isOne = !options.servesSeveralModels
        change { models in
            if isOne { models = ServedModels() }
            models.put(model)
        }
        if !isOne { admission.share(among: models.all.map(\.name)) }
    }

    /// Where several models are served: what the file of a model has become cannot be used; it serves on as it is.
    public func noteOutdated(_ name: String) { change { $0.noteOutdated(name) } }

    private func change(_ body: (inout ServedModels) -> Void) {
        let earlier = state.withLock { state in
            let earlier = state.models
            body(&state.models)
            state.documents = nil
            if state.phase == .loading, state.models.areReady { state.phase = .ready }
            return earlier
        }
        // What it releases ends threads, which is not for the lock.
        withExtendedLifetime(earlier) {}
    }

    /// Makes `/readyz` say 503 from now on; requests are still served.
    public func beginDrain() {
        state.withLock { if $0.phase != .stopped { $0.phase = .draining } }
    }

    /// Takes no detection any more and waits until every request is answered, at most for `timeout`; images that still
    /// wait then are answered 503. True if no request was left.
    public func finishDrain(timeout: Duration) async -> Bool {
        let models = state.withLock { state in
            state.phase = .stopped
            return state.models
        }
        let isIdle = await ledger.waitUntilIdle(timeout: timeout)
        for model in models.loaded { _ = await model.scheduler.drain(until: .now) }
        return isIdle
    }

    // MARK: Access

    /// From now on asks for one of these keys on every route but those that are open: probes, `/metrics`, the page.
    public func requireKeys(_ keys: APIKeys) {
        metrics.keys.replace(keys.names)
        access.require(keys)
        state.withLock { ($0.asksForKeys, $0.documents) = (true, nil) }
    }

    // MARK: Observation

    /// The metrics, so that others can add theirs.
    public var metricsRegistry: MetricsRegistry { metrics.registry }

    /// Requests that are not answered yet.
    public var requestsInFlight: Int { ledger.count }

    /// Names who knows the number of open connections, for `/metrics`.
    public func observeConnections(_ count: @escaping @Sendable () -> Int) { metrics.observeConnections(count) }

    // MARK: Requests

    /// What to do with a request whose content has not been read. Here, once for each request, access is decided; and
    /// what needs no content and no work, as most probes, is answered.
    ///
    /// - Parameter takesProbesOnly: whether it came where nothing but probes and metrics is served.
    public func decide(
        _ head: RequestHead, remoteAddress: String? = nil, takesProbesOnly: Bool = false
    ) -> HeadDecision {
        decide(head, router.match(head), remoteAddress, takesProbesOnly: takesProbesOnly)
    }

    /// What to do with a request on a connection that there is no room for: what supervisors and Prometheus ask, without a
    /// key and at little cost, is decided on as anywhere. Any other is refused, which `refuse` is told first.
    public func decideBeyondLimits(
        _ head: RequestHead, remoteAddress: String?, refuse: () -> Void
    ) -> HeadDecision {
        let match = router.match(head)
        if case .route(let route, _) = match, route.isProbe { return decide(head, match, remoteAddress) }
        refuse()
        let context = RequestContext(
            head, route: ServiceRoute.of(head, match),
            remoteAddress: options.trustedProxies.client(head, peer: remoteAddress), key: nil, at: .now)
        return .answer(recorder.conclude(.tooManyConnections, context))
    }

    private func decide(
        _ head: RequestHead, _ match: RouteMatch<ServiceRoute>, _ remoteAddress: String?, takesProbesOnly: Bool = false
    ) -> HeadDecision {
        let path = ServiceRoute.of(head, match)
        let client = options.trustedProxies.client(head, peer: remoteAddress)
        var key: AcceptedKey?
        func context() -> RequestContext {
            RequestContext(head, route: path, remoteAddress: client, key: key?.name, at: .now)
        }
        do throws(ServiceError) {
            if takesProbesOnly, path?.isProbe != true { throw .notFound }
            // Browsers show no key with this question, which costs no more than a probe.
            if options.allowedOrigins.permitPreflight(head), case .options(let allow) = match, head.framing == .none {
                return .answer(recorder.conclude(options.allowedOrigins.preflightAnswer(allow: allow), context()))
            }
            if path?.isOpen != true {
                key = try access.admit(head, clientAddress: client)
                if let key { metrics.keys.count(key.name) }
            }
            let purpose = try purpose(of: head, match)
            let context = context()
            switch purpose {
            case .state(let route, let parameters) where route.isAnsweredFromHead && head.framing == .none:
                return .answer(recorder.conclude(try state(route, parameters), context))
            case .detection:
                return .accept(bodyLimit: options.maximumBodyBytes, as: AcceptedRequest(purpose, context))
            case .page(let file) where head.framing == .none:
                return .answer(recorder.conclude(page(file, head, context), context))
            case .metrics, .state, .page, .description, .options:
                return .accept(bodyLimit: Self.maximumUnusedBody, as: AcceptedRequest(purpose, context))
            }
        } catch {
            return .answer(recorder.conclude(error, context()))
        }
    }

    /// What a request can be let in for by what its head says.
    private func purpose(
        of head: RequestHead, _ match: RouteMatch<ServiceRoute>
    ) throws(ServiceError) -> AcceptedRequest.Purpose {
        switch match {
        case .route(let route, let parameters) where route.detects:
            return .detection(
                DetectionCall(route: route, parameters: parameters, coding: try contentCoding(ofDetection: head)))
        case .route(.metrics, _): return .metrics
        case .route(.page, _):
            guard let file = PageFile(rawValue: head.path) else { throw .notFound }
            return .page(file)
        case .route(let route, _) where route == .openAPI || route == .documentation: return .description(route)
        case .route(let route, let parameters): return .state(route, parameters)
        case .options(let allow): return .options(allow: allow)
        case .notFound: throw .notFound
        case .methodNotAllowed(let allow): throw .methodNotAllowed(allow: RouteMatch<ServiceRoute>.field(allow))
        case .methodNotImplemented: throw .methodNotImplemented
        }
    }

    /// How the content of a detection is encoded, if it is worth reading.
    private func contentCoding(ofDetection head: RequestHead) throws(ServiceError) -> ContentCoding {
        let models = try servingModels()
        let coding = try ContentCoding(head)
        if case .length(let length) = head.framing {
            if length > options.maximumBodyBytes { throw .bodyTooLarge(limit: options.maximumBodyBytes) }
            if length > Self.maximumBodyReadWhenFull,
                let refusal = admission.refusal(for: try models.likely(head.query).name)
            {
                throw refusal
            }
        }
        return coding
    }

    /// The answer to what the HTTP layer refuses by itself, or to what its handler dropped.
    public func refusal(_ error: RequestError, _ request: RequestOutline = RequestOutline()) -> Response {
        let context =
            if let accepted = request.acceptance as? AcceptedRequest {
                accepted.context.refused(bytesIn: request.contentBytes, at: .now)
            } else {
                RequestContext(refused: request, remoteAddress: clientAddress(of: request), at: .now)
            }
        return recorder.conclude(.http(error), context)
    }

    /// The address of the client of a request that no route saw: behind a trusted proxy what that says, if there is a head.
    public func clientAddress(of request: RequestOutline) -> String? {
        if let accepted = request.acceptance as? AcceptedRequest { return accepted.context.remoteAddress }
        guard let head = request.head else { return request.remoteAddress }
        return options.trustedProxies.client(head, peer: request.remoteAddress)
    }

    /// The label of the route of a request that no route saw.
    public static func routeLabel(of request: RequestOutline) -> String {
        if let accepted = request.acceptance as? AcceptedRequest { return accepted.context.routeLabel }
        return route(of: request)?.rawValue ?? ServiceRoute.noRoute
    }

    /// The route of the path of a request that no route saw.
    static func route(of request: RequestOutline) -> ServiceRoute? {
        (request.head?.target.rawPath ?? request.path).flatMap { ServiceRoute.at($0) }
    }

    /// Handles a request as what `decide` has accepted it; `respond` is called exactly once, at once or later, from any
    /// thread. The result tells that the client has gone: then `respond` is not called, if it was not yet.
    public func handle(
        _ request: Request, as acceptance: (any Acceptance)?, respond: @escaping @Sendable (Response) -> Void
    ) -> Cancellation {
        guard let accepted = acceptance as? AcceptedRequest else {
            preconditionFailure("a request is handled that was not accepted")
        }
        let context = accepted.context.completed(bytesIn: request.body.count, at: .now)
        let answer = PendingAnswer(context, recorder: recorder, ledger: ledger, respond: respond)
        switch accepted.purpose {
        case .detection(let call):
            return detect(request, call, answer)
        case .metrics:
            metricsPage.give(answer, in: ExpositionFormat(accept: request.head.headers["Accept"]))
        case .state(let route, let parameters):
            do throws(ServiceError) {
                let response = try state(route, parameters, request.query)
                guard ResponseCompression.applies(to: response, context) else {
                    answer.finish(response)
                    break
                }
                workers.answer { answer.finish(ResponseCompression.apply(to: response, context)) }
            } catch { answer.finish(error) }
        case .page(let file): answer.finish(page(file, request.head, context))
        case .description(let route):
            workers.answer { [self] in
                let document = route == .openAPI ? documents().openAPI : documents().page
                answer.finish(document.response(acceptsGzip: context.acceptsGzip))
            }
        case .options(let allow):
            answer.finish(
                Response(
                    status: .noContent, headers: [AnswerField.allow.rawValue: RouteMatch<ServiceRoute>.field(allow)]))
        }
        return {}
    }

    /// The models of now.
    var models: ServedModels { state.withLock { $0.models } }

    /// The models that take a detection now.
    ///
    /// - Throws: `ServiceError.loading` or `.draining`.
    func servingModels() throws(ServiceError) -> ServedModels {
        let (phase, models) = state.withLock { ($0.phase, $0.models) }
        switch phase {
        case .loading: throw .loading
        case .ready: if models.standard == nil { throw .loading }
        case .draining: if models.standard == nil { throw .draining }
        case .stopped: throw .draining
        }
        return models
    }

    private func detect(_ request: Request, _ call: DetectionCall, _ answer: PendingAnswer) -> Cancellation {
        do throws(ServiceError) {
            let models = try servingModels()
            // Content may name another one, which is known when a worker has read it.
            let model = try models.likely(request.query, path: call.parameters[PathParameter.model.rawValue])
            let bytes = request.body.count + model.inputBytes
            let reservation = try admission.reserve(images: 1, bytes: bytes, for: model.name)
            let task = DetectionTask(
                request, call: call, answer: answer, models: models, model: model, reservation: reservation,
                options: options, admission: admission, workers: workers)
            workers.decode(for: model.name) { task.start() }
            return { task.cancel() }
        } catch {
            answer.finish(error)
            return {}
        }
    }

    // MARK: State

    /// What the service says of itself or of its model.
    private func state(
        _ route: ServiceRoute, _ parameters: PathParameters, _ query: QueryItems = QueryItems()
    ) throws(ServiceError) -> Response {
        switch route {
        case .detect, .infer, .visionDetection, .visionFace, .visionCustom, .image, .metrics, .page, .openAPI,
            .documentation:
            preconditionFailure("\(route) says nothing of the service's state")
        case .live: return Self.alive
        case .ready: return try whenReady(Self.ready)
        case .inferenceLive: return OpenInference.live
        case .inferenceReady: return try whenReady(OpenInference.ready)
        case .inferenceServer: return OpenInference.server(version: options.version)
        case .inferenceModel: return OpenInference.metadata(of: try models.model(of: parameters))
        case .inferenceModelReady: return try whenReady(OpenInference.ready(try models.model(of: parameters)))
        case .inferenceModelConfiguration: return OpenInference.configuration(of: try models.model(of: parameters))
        case .visionCustomList: return DeepStack.list(models)
        case .visionPing: return DeepStack.ping(version: options.version)
        case .detectors: return try DOODS.detectors(models)
        case .health:
            let (phase, models) = state.withLock { ($0.phase, $0.models) }
            return HealthReport(
                phase: phase, model: models.standard?.engine.model, version: options.version,
                uptime: start.duration(to: .now), queuedImages: admission.images,
                maximumQueuedImages: admission.maximumImages, queuedBytes: admission.bytes,
                models: options.servesSeveralModels ? models.all.map { ($0, admission.held(by: $0.name)) } : nil
            ).response()
        case .model:
            return try models.model(askedBy: query).card
        case .models: return ModelList(models: models).response()
        }
    }

    /// An answer that is given while the service can detect.
    private func whenReady(_ response: Response) throws(ServiceError) -> Response {
        switch phase {
        case .ready: return response
        case .loading: throw .loading
        case .draining, .stopped: throw .draining
        }
    }

    private func page(_ file: PageFile, _ head: RequestHead, _ context: RequestContext) -> Response {
        DemoPage.shared.response(file, to: head, acceptsGzip: context.acceptsGzip)
    }

    /// What the service can do, for programs and for people: written for the first who asks, on a worker.
    private func documents() -> APIDocuments {
        let (written, model, asksForKeys) = state.withLock { ($0.documents, $0.models.standard, $0.asksForKeys) }
        if let written { return written }
        let documents = APIDocuments(
            APIDescription(options, asksForKeys: asksForKeys, model: model?.engine.model.output))
        state.withLock { state in
            if state.models.standard === model, state.asksForKeys == asksForKeys { state.documents = documents }
        }
        return documents
    }

    private static let alive = Response(text: "ok\n")
    private static let ready = Response(text: "ready\n")
}
