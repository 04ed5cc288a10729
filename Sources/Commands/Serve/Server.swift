import CMalloc
import Dispatch
import Foundation
import ModelFiles
import Engine
import Platform
import Serving
import Synchronization
import Transport

/// The life of `serve`: listening from the start, ready when the model is warm, drained after a signal.
///
/// States: *loading* (the socket is open, `/livez` says 200, `/readyz` 503) → *ready* → first SIGTERM or SIGINT →
/// *announced* (`/readyz` 503, still serving) → drain delay → *draining* (no new connections; what is in flight ends)
/// → exit 0. A second signal at any time: exit 1.
final class Server: Sendable {
    private let settings: ServeSettings
    private let log: ServerLog
    private let observer: ConnectionObserver
    private let service: DetectionService
    private let server: HTTPServer
    /// Serves probes and metrics where nothing else is, on a loop of its own; it ends with the process.
    private let probes: HTTPServer?
    private let tls: TLSTermination?
    /// Where files are read again, one signal's after the other's.
    private let reloading = DispatchQueue(label: "multibox.reload")
    /// Who wants to be told when it is up.
    private let supervisor = ServiceManager(environment: ProcessInfo.processInfo.environment)
    /// A command to try the service with.
    private let example = Mutex("")
    /// The address of the page, until it has been told.
    private let page = Mutex<String?>(nil)
    private let isEnding = Atomic(false)
    /// The threads that all models compute with; nil for those of one model's own.
    private let budget: ThreadBudget?
    /// Of several models, the files that those in service are made of, by name.
    private let served = Mutex<[String: [FileStatus.Version?]]>([:])
    /// The most connections where only probes are served.
    private static let probeConnections = 64
    /// The engines that may still be in memory: requests hold the one that they began with.
    private let engines = Mutex<[WeakEngine]>([])

    /// An engine for as long as others need it.
    private struct WeakEngine: Sendable {
        private(set) weak var engine: InferenceEngine?
    }

    init(_ settings: ServeSettings) throws {
        self.settings = settings
        budget =
            settings.service.servesSeveralModels
            ? ThreadBudget(threads: settings.threads, threadsPerBatch: settings.threadsPerStream) : nil
        let log = ServerLog(
            settings.logFormat, level: settings.logLevel, addresses: settings.logAddresses,
            sampling: LogSampling(rate: settings.logSampling, slow: settings.logSlow))
        let service = DetectionService(options: settings.service) { log.request($0) }
        var configuration = settings.server
        configuration.connection.refusal = { service.refusal($0, $1) }
        configuration.decideBeyondLimits = { head, address, refuse in
            service.decideBeyondLimits(head, remoteAddress: address, refuse: refuse)
        }
        do { tls = try settings.tls.map { (files) throws(TLSError) in try TLSTermination(files) } } catch {
            throw Failure("\(error)")
        }
        let observer = ConnectionObserver(service, log)
        let handler: HTTPServer.Handler = { request, acceptance, responder in
            let cancel = service.handle(request, as: acceptance) { responder.respond($0) }
            responder.onCancel(cancel)
        }
        do {
            server = try HTTPServer(
                configuration: configuration, observer: observer,
                decide: { head, address in service.decide(head, remoteAddress: address) }, handler: handler)
            configuration.loops = 1
            configuration.maximumConnections = min(configuration.maximumConnections, Self.probeConnections)
            configuration.maximumConnectionsPerClient = nil
            probes =
                settings.probeEndpoints.isEmpty
                ? nil
                : try HTTPServer(
                    configuration: configuration, observer: observer,
                    decide: { head, address in
                        service.decide(head, remoteAddress: address, takesProbesOnly: true)
                    }, handler: handler)
        } catch { throw Failure("\(error)") }
        service.metricsRegistry.counter(
            "multibox_log_lines_lost_total",
            help: "Log lines that could not be written, or found no room while their reader was slow."
        ) { Double(log.lostLines) }
        service.observeConnections { [weak server] in server?.connections ?? 0 }
        self.log = log
        self.observer = observer
        self.service = service
        try loadKeys("the API keys are in force")
    }

    /// Reads the API keys, if there is a file of them, and says so.
    private func loadKeys(_ message: String) throws {
        guard let path = settings.apiKeysFile else { return }
        let bytes = try FileReading.bytes(path, limit: APIKeys.maximumFileBytes)
        let keys: APIKeys
        do { keys = try APIKeys(parsing: bytes) } catch { throw Failure("\(path): \(error)") }
        service.requireKeys(keys)
        log.event(
            message,
            ["keys": "\(keys.count)", "names": keys.names.isEmpty ? "none" : keys.names.joined(separator: ", ")])
    }

    /// Serves until a signal ends the process.
    func run() throws -> Never {
        try listen()
        // Elsewhere, so that signals and probes are answered meanwhile.
        reloading.async {
            do { try self.loadModels(isStart: true) } catch {
                self.log.flush()
                let failure = (error as? Failure) ?? Failure("\(error)")
                failure.report()
                exit(failure.isUsage ? 2 : 1)
            }
            self.tellSupervisor(.ready)
        }
        dispatchMain()
    }

    private func listen() throws {
        var endpoints: [Endpoint] = []
        do {
            for descriptor in settings.inherited {
                endpoints.append(try server.listen(onInherited: descriptor, tls: tls))
            }
            for endpoint in settings.endpoints {
                if case .unix = endpoint {
                    endpoints.append(try server.listen(on: endpoint))
                } else {
                    endpoints.append(try server.listen(on: endpoint, tls: tls))
                }
            }
        } catch { throw Failure("\(error)") }
        do {
            for endpoint in settings.probeEndpoints {
                guard let bound = try probes?.listen(on: endpoint) else { continue }
                log.event("listening for probes", ["endpoint": "\(bound)"])
            }
        } catch { throw Failure("\(error)") }
        for endpoint in endpoints { log.event("listening", ["endpoint": "\(endpoint)", "version": Version.current]) }
        // What we start must not take the sockets for its own.
        unsetenv("LISTEN_PID")
        unsetenv("LISTEN_FDS")
        unsetenv("LISTEN_FDNAMES")
        unsetenv(ServiceManager.variable)
        if let first = endpoints.first { example.withLock { $0 = command(for: first) } }
        if settings.service.servesPage {
            page.withLock { $0 = endpoints.lazy.compactMap { self.pageAddress(at: $0) }.first }
        }
    }

    private func tellSupervisor(_ state: ServiceManager.State) {
        do { try supervisor?.tell(state) } catch {
            log.event("the supervisor could not be told", ["reason": "\(error)"], level: .error)
        }
    }

    /// Loads the model, or those of several that are not what they were. Where one of these cannot be used, the others are served
    /// nevertheless, and so is what there was of it; at the start it is an error.
    private func loadModels(isStart: Bool) throws {
        if let only = settings.onlyModel {
            try loadModel(only, isStart: isStart)
        } else {
            try loadSeveral(isStart: isStart)
        }
    }

    /// Once: a reload tells nobody anything new.
    private func tellOfPage() {
        guard let address = page.withLock({ $0.take() }) else { return }
        log.event("there is a page to try it with", ["address": address])
    }

    private func loadModel(_ element: NamedModelList.Element, isStart: Bool) throws {
        let start = ContinuousClock.now
        let engine = try makeEngine(element.text, name: element.name, isStart: isStart)
        serve(engine)
        let model = engine.model
        let names = model.labels.names.compactMap { $0 }
        log.event(
            "ready",
            details(of: engine, since: start) + [
                ("detects", Self.summary(of: names)), ("try", example.withLock { $0 }),
            ], level: .info)
        tellOfPage()
        if settings.model == nil {
            log.event(
                "the built-in model is in service",
                [
                    "detects": names.joined(separator: ", "),
                    "other": "--model FILE serves another, such as detect.tflite with the 80 classes of COCO",
                ])
        }
    }

    private func loadSeveral(isStart: Bool) throws {
        guard let list = settings.model else { preconditionFailure("several models are named") }
        let start = ContinuousClock.now
        let found = try ModelSources(list)
        for (path, reason) in found.others {
            log.event("this is no model", ["path": path, "reason": reason], level: .warning)
        }
        let names = found.models.map(\.name)
        if isStart { service.arrange(names) }
        var stamps = served.withLock { $0 }
        var changes = 0
        for source in found.models where stamps[source.name] != source.stamp {
            let start = ContinuousClock.now
            do {
                let engine = try makeEngine(source.text, name: source.name, isStart: isStart)
                serve(engine)
                stamps[source.name] = source.stamp
                changes += 1
                log.event("a model is in service", details(of: engine, since: start), level: .info)
            } catch {
                let reason = (error as? Failure)?.message ?? "\(error)"
                if isStart { throw Failure("\(source.name): \(reason)") }
                if stamps[source.name] == nil {
                    log.event(
                        "a new model cannot be used, it is not served", ["model": source.name, "reason": reason],
                        level: .error)
                } else {
                    service.noteOutdated(source.name)
                    log.event(
                        "the new model cannot be used, the old one serves on",
                        ["model": source.name, "reason": reason], level: .error)
                }
            }
        }
        let kept = names.filter { stamps[$0] != nil }
        let removed = stamps.keys.filter { !names.contains($0) }.sorted()
        if kept.isEmpty {
            log.event(
                "no model is left, the old ones serve on", ["models": removed.joined(separator: ", ")], level: .error)
            return
        }
        for name in removed { log.event("a model is no longer in service", ["model": name]) }
        let remaining = stamps.filter { kept.contains($0.key) }
        served.withLock { $0 = remaining }
        service.arrange(kept)
        log.event(
            "ready",
            [
                "models": kept.joined(separator: ", "), "loaded": "\(changes)", "removed": "\(removed.count)",
                "load_ms": start.duration(to: .now).milliseconds.fixed(0), "try": example.withLock { $0 },
            ])
        tellOfPage()
    }

    private func serve(_ engine: InferenceEngine) {
        service.load(engine)
        engines.withLock { $0 = $0.filter { $0.engine != nil } + [WeakEngine(engine: engine)] }
        // The file and the weights as it held them: two or three times what stays, in pages that the allocator keeps.
        cmalloc_trim()
    }

    private func details(of engine: InferenceEngine, since start: ContinuousClock.Instant) -> [ServerLog.Detail] {
        [
            ("model", "\(engine.model.name)-\(engine.model.version)"), ("precision", "\(engine.precision)"),
            ("isa", "\(engine.configuration.instructionSet)"),
            ("load_ms", start.duration(to: .now).milliseconds.fixed(0)),
        ]
    }

    private static func summary(of names: [String]) -> String {
        "\(names.count) classes: " + names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
    }

    /// The model file lives no longer than this call.
    ///
    /// - Parameter name: what requests call it; nil for its own name.
    private func makeEngine(_ text: String, name: String?, isStart: Bool) throws -> InferenceEngine {
        // Beside requests it gives way to them.
        isStart ? try makeEngine(text, name: name) : try LowPriorityWork.run { try self.makeEngine(text, name: name) }
    }

    private func makeEngine(_ text: String, name: String?) throws -> InferenceEngine {
        let inUse = engines.withLock { $0.reduce(0) { $0 + ($1.engine?.memory.held ?? 0) } }
        var model = try ModelArguments.load(
            text, labels: settings.labels, digest: settings.modelDigest,
            memory: max(0, settings.maximumModelMemory - inUse))
        if let name { model.name = name }
        return try InferenceEngine.build(
            model, precision: settings.precision, streams: settings.streams,
            threadsPerStream: settings.threadsPerStream, threads: settings.threads,
            maximumBatchSize: settings.service.maximumBatchSize, maximumMemory: settings.maximumModelMemory,
            memoryInUse: inUse, budget: budget)
    }

    private func command(for endpoint: Endpoint) -> String {
        switch endpoint {
        case .unix(let path): "curl --unix-socket \(path) --data-binary @photo.jpg http://localhost/detect"
        case .tcp: "curl --data-binary @photo.jpg \(tls == nil ? "http" : "https")://\(endpoint)/detect"
        }
    }

    /// Where a browser finds the page; nil on a Unix socket. Of an address that stands for all, the one on this machine.
    private func pageAddress(at endpoint: Endpoint) -> String? {
        guard case .tcp(let host, let port) = endpoint else { return nil }
        let isAny = host == "0.0.0.0" || host == "::"
        let named = isAny ? Endpoint.tcp(host: "localhost", port: port) : endpoint
        return "\(tls == nil ? "http" : "https")://\(named)/"
    }

    // MARK: Signals

    /// SIGHUP reads files again; others end the service.
    func receive(_ signal: Int32) { signal == SIGHUP ? reload() : end() }

    private func reload() {
        log.event("SIGHUP: reading files again")
        reloading.async {
            self.tellSupervisor(.reloading)
            defer { self.tellSupervisor(.ready) }
            if let tls = self.tls {
                do {
                    try tls.reload()
                    self.log.event("new connections use the new TLS certificates")
                } catch {
                    self.log.event(
                        "the new TLS certificates cannot be used, the old ones stay", ["reason": "\(error)"],
                        level: .error)
                }
            }
            if self.settings.apiKeysFile != nil {
                do { try self.loadKeys("the new API keys are in force") } catch {
                    let reason = (error as? Failure)?.message ?? "\(error)"
                    self.log.event(
                        "the new API keys cannot be used, the old ones stay", ["reason": reason], level: .error)
                }
            }
            do { try self.loadModels(isStart: false) } catch {
                let reason = (error as? Failure)?.message ?? "\(error)"
                let message: String =
                    self.settings.onlyModel == nil
                    ? "the models cannot be read again, the old ones serve on"
                    : "the new model cannot be used, the old one serves on"
                self.log.event(message, ["reason": reason], level: .error)
            }
        }
    }

    private func end() {
        guard !isEnding.exchange(true, ordering: .relaxed) else {
            log.event("second signal: ending at once")
            log.flush()
            exit(1)
        }
        log.event("draining", ["requests_in_flight": "\(service.requestsInFlight)"])
        tellSupervisor(.stopping)
        service.beginDrain()
        server.announceDrain()
        Task {
            try? await Task.sleep(for: self.settings.drainDelay)
            let deadline = ContinuousClock.now + self.settings.drainTimeout
            let isClean = await self.server.drain(timeout: self.settings.drainTimeout)
            let rest = max(.zero, ContinuousClock.now.duration(to: deadline))
            let isIdle = await self.service.finishDrain(timeout: rest)
            self.observer.flush()
            if isClean, isIdle {
                self.log.event("ended")
            } else {
                self.log.event("ended with requests cut off by the drain timeout", level: .error)
            }
            self.log.flush()
            exit(0)
        }
    }
}
