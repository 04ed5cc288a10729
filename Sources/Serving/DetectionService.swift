import HTTP
import Images
import Metrics
import Engine
import Synchronization

/// The service behind a transport: requests in, responses out, without sockets.
///
/// It can be asked from the start: it is `loading` until `load` has warmed a model up, then `ready`, `draining` from
/// `beginDrain` and `stopped` from `finishDrain` on. A model that is loaded while another one serves takes its place for
/// all requests that come after.
public final class DetectionService: Sendable {
    /// Tells the service that nobody waits for an answer any more.
    public typealias Cancellation = @Sendable () -> Void

    private struct State {
        var phase = ServicePhase.loading
        var model: LoadedModel?
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
    private let admission: Admission
    private let access: Access
    private let ledger = RequestLedger()
    private let metrics: ServiceMetrics
    private let recorder: RequestRecorder
    private let workers: WorkerThreads
    private let metricsPage: MetricsPage
    private let decoder: ImageDecoder

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
        options.maximumImagesPerRequest = min(options.maximumImagesPerRequest, options.maximumQueuedImages)
        self.options = options
        admission = Admission(maximumImages: options.maximumQueuedImages, maximumBytes: options.maximumQueuedBytes)
        access = Access(options.rateLimit, wrongKeys: options.wrongKeys)
        metrics = ServiceMetrics(options: options, admission: admission) { [ledger] in ledger.count }
        recorder = RequestRecorder(metrics: metrics, accessLog: accessLog)
        workers = WorkerThreads(count: options.workers)
        metricsPage = MetricsPage(metrics.registry)
        decoder = ImageDecoder(
            limits: options.imageLimits, scaling: options.imageScaling, isStrict: options.refusesFlawedImages,
            memory: PixelMemory(maximumIdle: options.workers))
    }

    // MARK: Life

    /// Where the service is in its life.
    public var phase: ServicePhase { state.withLock { $0.phase } }

    /// Warms an engine up on the calling thread, then serves it. Requests that began with an earlier one end with that.
    public func load(_ engine: InferenceEngine) {
        let model = LoadedModel(engine, decoder: decoder, options: options, metrics: metrics)
        let earlier = state.withLock { state -> LoadedModel? in
            if state.phase == .loading { state.phase = .ready }
            defer { state.model = model }
            return state.model
        }
        // Its release ends threads, which is not for the lock.
        withExtendedLifetime(earlier) {}
    }

    /// Makes `/readyz` say 503 from now on; requests are still served.
    public func beginDrain() {
        state.withLock { if $0.phase != .stopped { $0.phase = .draining } }
    }

    /// Takes no detection any more and waits until every request is answered, at most for `timeout`; images that still
    /// wait then are answered 503. True if no request was left.
    public func finishDrain(timeout: Duration) async -> Bool {
        let model = state.withLock { state in
            state.phase = .stopped
            return state.model
        }
        let isIdle = await ledger.waitUntilIdle(timeout: timeout)
        if let model { _ = await model.scheduler.drain(until: .now) }
        return isIdle
    }

    // MARK: Access

    /// From now on asks for one of these keys on every route but the probes and `/metrics`.
    public func requireKeys(_ keys: APIKeys) {
        metrics.keys.replace(keys.names)
        access.require(keys)
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
        let match = ServiceRoute.router.match(head)
        let path = ServiceRoute.of(head, match)
        let client = options.trustedProxies.client(head, peer: remoteAddress)
        var key: AcceptedKey?
        func context() -> RequestContext {
            RequestContext(head, route: path, bytesIn: 0, remoteAddress: client, key: key?.name, at: .now)
        }
        do throws(ServiceError) {
            if takesProbesOnly, path?.isOpen != true { throw .notFound }
            if path?.isOpen != true {
                key = try access.admit(head, clientAddress: client)
                if let key { metrics.keys.count(key.name) }
            }
            guard let route = try screen(head, match) else { return .accept(bodyLimit: Self.maximumUnusedBody) }
            if route == .detect { return .accept(bodyLimit: options.maximumBodyBytes) }
            guard route.isAnsweredFromHead, head.framing == .none else {
                return .accept(bodyLimit: Self.maximumUnusedBody)
            }
            let context = context()
            do throws(ServiceError) {
                return .answer(recorder.conclude(try probe(route, head), context))
            } catch { return .answer(recorder.conclude(error, context)) }
        } catch {
            return .answer(recorder.conclude(error, context()))
        }
    }

    /// Whether a request is one that supervisors and Prometheus make: answered without a key, at little cost.
    public static func isProbe(_ head: RequestHead) -> Bool {
        guard case .route(let route, _) = ServiceRoute.router.match(head) else { return false }
        return route.isOpen
    }

    /// The answer to a request on a connection that there is no room for.
    public func overloadAnswer(_ head: RequestHead, remoteAddress: String?) -> Response {
        let route = ServiceRoute.of(head, ServiceRoute.router.match(head))
        let client = options.trustedProxies.client(head, peer: remoteAddress)
        return recorder.conclude(
            .tooManyConnections,
            RequestContext(head, route: route, bytesIn: 0, remoteAddress: client, key: nil, at: .now))
    }

    /// The answer to what the HTTP layer refuses by itself, or to what its handler dropped.
    public func refusal(_ error: RequestError, _ request: RequestOutline = RequestOutline()) -> Response {
        let context = RequestContext(
            refused: request, remoteAddress: clientAddress(of: request),
            key: request.head.flatMap { access.key(of: $0) }?.name, at: .now)
        return recorder.conclude(.http(error), context)
    }

    /// The address of the client of a request that no route saw: behind a trusted proxy what that says, if there is a head.
    public func clientAddress(of request: RequestOutline) -> String? {
        guard let head = request.head else { return request.remoteAddress }
        return options.trustedProxies.client(head, peer: request.remoteAddress)
    }

    /// The label of the route of a request that no route saw.
    public static func routeLabel(of request: RequestOutline) -> String {
        request.path.flatMap { ServiceRoute(rawValue: $0) }?.rawValue ?? ServiceRoute.noRoute
    }

    /// Handles a request that `decide` has accepted; `respond` is called exactly once, at once or later, from any thread.
    /// The result tells that the client has gone: then `respond` is not called, if it was not yet.
    public func handle(_ request: Request, respond: @escaping @Sendable (Response) -> Void) -> Cancellation {
        let match = ServiceRoute.router.match(request.head)
        let route = ServiceRoute.of(request.head, match)
        let context = RequestContext(
            request.head, route: route, bytesIn: request.body.count,
            remoteAddress: options.trustedProxies.client(request.head, peer: request.remoteAddress),
            key: route?.isOpen == true ? nil : access.key(of: request.head)?.name, at: .now)
        let answer = PendingAnswer(context, recorder: recorder, ledger: ledger, respond: respond)
        switch match {
        case .route(.detect, _):
            return detect(request, answer)
        case .route(.metrics, _):
            metricsPage.give(answer, in: ExpositionFormat(accept: request.head.headers["Accept"]))
        case .route(let route, _):
            do throws(ServiceError) {
                let response = try probe(route, request.head)
                guard ResponseCompression.applies(to: response, context) else {
                    answer.finish(response)
                    break
                }
                workers.answer { answer.finish(ResponseCompression.apply(to: response, context)) }
            } catch { answer.finish(error) }
        case .options(let allow):
            answer.finish(
                Response(status: .noContent, headers: ["Allow": RouteMatch<ServiceRoute>.field(allow)]))
        case .notFound, .methodNotAllowed, .methodNotImplemented:
            do throws(ServiceError) { _ = try screen(request.head, match) } catch { answer.finish(error) }
        }
        return {}
    }

    /// The route of a request that can be served by what its head says; nil for `OPTIONS`.
    private func screen(_ head: RequestHead, _ match: RouteMatch<ServiceRoute>) throws(ServiceError) -> ServiceRoute? {
        switch match {
        case .route(let route, _):
            if route == .detect, let error = refusalOfDetection(head) { throw error }
            return route
        case .options: return nil
        case .notFound: throw .notFound
        case .methodNotAllowed(let allow): throw .methodNotAllowed(allow: RouteMatch<ServiceRoute>.field(allow))
        case .methodNotImplemented: throw .methodNotImplemented
        }
    }

    /// Why a detection is not even read.
    private func refusalOfDetection(_ head: RequestHead) -> ServiceError? {
        if case .failure(let error) = servingModel() { return error }
        do throws(ServiceError) { _ = try ContentCoding(head) } catch { return error }
        if case .length(let length) = head.framing {
            if length > options.maximumBodyBytes { return .bodyTooLarge(limit: options.maximumBodyBytes) }
            if length > Self.maximumBodyReadWhenFull { return admission.refusal }
        }
        return nil
    }

    /// The model that takes a detection now.
    private func servingModel() -> Result<LoadedModel, ServiceError> {
        state.withLock { state in
            switch (state.phase, state.model) {
            case (.ready, let model?), (.draining, let model?): .success(model)
            case (.loading, _), (.ready, nil): .failure(.loading)
            case (.draining, nil), (.stopped, _): .failure(.draining)
            }
        }
    }

    private func detect(_ request: Request, _ answer: PendingAnswer) -> Cancellation {
        do throws(ServiceError) {
            if let error = refusalOfDetection(request.head) { throw error }
            guard request.body.count <= options.maximumBodyBytes else {
                throw .bodyTooLarge(limit: options.maximumBodyBytes)
            }
            let model = try servingModel().get()
            let bytes = request.body.count + model.inputBytes
            let reservation = try admission.reserve(images: 1, bytes: bytes)
            let task = DetectionTask(
                request, answer: answer, model: model, reservation: reservation, options: options,
                admission: admission, workers: workers, metrics: metrics)
            workers.decode { task.start() }
            return { task.cancel() }
        } catch {
            answer.finish(error)
            return {}
        }
    }

    // MARK: Probes

    private func probe(_ route: ServiceRoute, _ head: RequestHead) throws(ServiceError) -> Response {
        switch route {
        case .detect, .metrics: preconditionFailure("\(route) is not answered on the event loop")
        case .live: return Self.alive
        case .ready:
            switch phase {
            case .ready: return Self.ready
            case .loading: throw .loading
            case .draining, .stopped: throw .draining
            }
        case .health:
            let (phase, model) = state.withLock { ($0.phase, $0.model) }
            return HealthReport(
                phase: phase, model: model?.engine.model, version: options.version,
                uptime: start.duration(to: .now), queuedImages: admission.images,
                maximumQueuedImages: admission.maximumImages, queuedBytes: admission.bytes
            ).response()
        case .model:
            guard let model = state.withLock({ $0.model }) else { throw .loading }
            return model.card
        }
    }

    private static let alive = Response(text: "ok\n")
    private static let ready = Response(text: "ready\n")
}
