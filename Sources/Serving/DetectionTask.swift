import Batching
import Detectors
import HTTP
import Images
import MultiBox
import Engine
import Synchronization

/// A request for detection on its way: understood, decoded and answered on workers, its images in batches in between.
///
/// *Admitted* (`start` waits for a worker) → *running* (`unsettled` images are being decoded, waiting or in a batch) →
/// *settled* (every slot has its result; the answer waits for a worker) → answered by `answer`, which takes one answer
/// only, so that a request that was cancelled or failed on the way may simply go on to its end.
///
/// Invariants: a slot is settled once; whoever settles the last one hands the answer in; memory of photos is let go as soon
/// as they are decoded, unless the answer is to show them.
final class DetectionTask: Sendable {
    private struct State {
        var request: Request?
        /// The models of when it began, until it is known which of them is asked for.
        var models: ServedModels?
        /// The model that is asked for; until that is known, the one that memory was reserved for.
        var model: LoadedModel
        /// The places of each image: one for it and one for each of its parts. Until images are known, those that there are.
        var seats: [[QueueSeat]]
        /// The bytes of each image until it is decoded, or until the answer is drawn.
        var images: [Result<ArraySlice<UInt8>, ServiceError>?] = []
        var slots: [Result<FoundImage, ServiceError>?] = []
        var tickets: [BatchTicket] = []
        var unsettled = 0
        var isCancelled = false
        /// What the client turned out to speak.
        var spoken: ServiceProtocol
    }

    private let answer: PendingAnswer
    private let call: DetectionCall
    private let options: ServiceOptions
    private let admission: Admission
    private let memory: HeldMemory
    private let workers: WorkerThreads
    private let deadline: ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameter model: the one of `models` whose input for an image is reserved.
    init(
        _ request: Request, call: DetectionCall, answer: PendingAnswer, models: ServedModels,
        model: LoadedModel, reservation: (seats: [QueueSeat], memory: HeldMemory), options: ServiceOptions,
        admission: Admission, workers: WorkerThreads
    ) {
        self.answer = answer
        self.call = call
        self.options = options
        self.admission = admission
        self.workers = workers
        deadline = answer.context.arrival + options.deadline
        memory = reservation.memory
        state = Mutex(
            State(
                request: request, models: models, model: model, seats: [reservation.seats],
                spoken: answer.context.spoken))
    }

    /// The client has gone: what waits is dropped, what a stream has taken is computed for nobody.
    func cancel() {
        let (tickets, images) = state.withLock { state in
            state.isCancelled = true
            return (state.tickets, state.slots.count)
        }
        answer.abandon(images: images)
        for ticket in tickets { model.scheduler.cancel(ticket) }
    }

    private var model: LoadedModel { state.withLock { $0.model } }
    private var metrics: ModelMetrics { model.metrics }

    /// Why nothing more is worth doing.
    private var end: ServiceError? {
        if state.withLock({ $0.isCancelled }) { return .clientClosedRequest }
        return deadline <= .now ? .deadlineExceeded : nil
    }

    // MARK: Start

    /// Understands the request and sets its images going. On a worker.
    func start() {
        do throws(ServiceError) {
            let parsed = try understand()
            let count = parsed.images.count
            let grids = try grids(of: parsed)
            let inputs = grids.map { 1 + ($0?.count ?? 0) }
            let total = inputs.reduce(0, +)
            try turn(to: parsed.model, inputs: total)
            let more = try admission.reserve(images: total - 1, bytes: 0, for: parsed.model.name)
            state.withLock { state in
                var seats = (state.seats.flatMap(\.self) + more.seats)[...]
                state.seats = inputs.map { count in
                    defer { seats = seats.dropFirst(count) }
                    return Array(seats.prefix(count))
                }
                state.images = parsed.images
                state.slots = Array(repeating: nil, count: count)
                state.unsettled = count
            }
            let wanted = parsed.wanted
            let now = ContinuousClock.now
            for index in 1..<count {
                workers.decode(for: parsed.model.name) { [self] in
                    prepare(index, grids[index], for: wanted, since: now)
                }
            }
            prepare(0, grids[0], for: wanted, since: answer.context.arrival)
        } catch {
            fail(error)
        }
    }

    /// The parts of each image; nil for one that stays whole, or whose headers cannot be read, which is told of when it is
    /// decoded.
    ///
    /// - Throws: `ServiceError.tooManyParts` where they come to more images than a request may hold.
    private func grids(of parsed: DetectionRequest) throws(ServiceError) -> [TileGrid?] {
        guard let tiling = parsed.wanted.options.tiling else { return parsed.images.map { _ in nil } }
        let limit = options.maximumImagesPerRequest
        let parts = limit / parsed.images.count - 1
        let grids = parsed.images.map { image -> TileGrid? in
            // Where the service is to choose, what a request may hold is shared by its images.
            guard parts > 0 || tiling != .automatic, let bytes = try? image.get() else { return nil }
            if let size = parsed.wanted.pixelSize {
                return parsed.model.detector.grid(ofPhoto: size, tiling, limit: parts)
            }
            return try? parsed.model.detector.grid(of: bytes, tiling, limit: parts)
        }
        let total = grids.reduce(grids.count) { $0 + ($1?.count ?? 0) }
        guard total <= limit else { throw .tooManyParts(limit: limit) }
        return grids
    }

    /// What the request asks for. Its body lives on in the images that are parts of it, and no longer elsewhere.
    private func understand() throws(ServiceError) -> DetectionRequest {
        let (whole, models) = state.withLock { ($0.request.take(), $0.models.take()) }
        guard var request = whole, let models else { throw .internalFailure }
        if let end { throw end }
        try decompress(&request)
        var intake = RequestIntake(
            call: call, models: models, options: options, memory: memory, spoken: answer.context.spoken)
        defer { state.withLock { $0.spoken = intake.spoken } }
        return try intake.spoken.read(request, &intake)
    }

    /// Counts the request for the model that it turned out to ask for, and reserves so many inputs in the place of the one that
    /// was reserved before.
    private func turn(to chosen: LoadedModel, inputs count: Int) throws(ServiceError) {
        let (earlier, seats) = state.withLock { state in
            defer { state.model = chosen }
            return (state.model, state.seats)
        }
        for seat in seats.joined() { seat.move(to: chosen.name) }
        memory.move(to: chosen.name)
        let more = count * chosen.inputBytes - earlier.inputBytes
        if more >= 0 { try memory.hold(more) } else { memory.giveBack(-more) }
    }

    /// Undoes the content coding. What it becomes is reserved as it grows, before it takes memory.
    private func decompress(_ request: inout Request) throws(ServiceError) {
        guard call.coding != .identity else { return }
        var reserved = 0
        do throws(GzipError) {
            request.body = try Gzip.decompress(
                request.body, limit: options.maximumDecompressedBytes,
                maximumRatio: options.maximumContentExpansion, isZlib: call.coding == .deflate
            ) { bytes in
                guard (try? memory.hold(bytes)) != nil else { return false }
                reserved += bytes
                return true
            }
        } catch {
            switch error {
            case .malformed: throw .malformedGzip(isTruncated: false)
            case .truncated: throw .malformedGzip(isTruncated: true)
            case .tooLarge(let limit): throw .decompressedTooLarge(limit: limit)
            case .expandsTooMuch(let ratio): throw .expandsTooMuch(ratio: ratio)
            case .noMemory: throw .queueBytesFull
            }
        }
        memory.giveBack(reserved - request.body.count)
    }

    /// Ends a request that has no images in progress.
    private func fail(_ error: ServiceError) {
        release()
        switch error {
        case .image, .formWithoutImage: metrics.count(ImageOutcome(error))
        default: break
        }
        answer.finish(error, spoken: state.withLock { $0.spoken })
    }

    /// Lets go of everything that is accounted for.
    private func release() {
        let seats = state.withLock { state in
            defer { (state.seats, state.images) = ([], []) }
            return state.seats
        }
        for seat in seats.joined() { seat.leave() }
        memory.giveBack()
    }

    // MARK: Images

    /// Decodes an image and queues it, and its parts where it has some. On a worker, for which the image has waited since
    /// `since`.
    private func prepare(
        _ index: Int, _ grid: TileGrid?, for wanted: WantedAnswer, since: ContinuousClock.Instant
    ) {
        let (source, seats) = state.withLock { ($0.images[index], $0.seats[index]) }
        do throws(ServiceError) {
            if let end { throw end }
            let start = ContinuousClock.now
            guard let bytes = try source?.get() else { throw .internalFailure }
            let photo: TiledPhoto
            do throws(ImageError) {
                if let size = wanted.pixelSize {
                    photo = model.detector.prepare(bytes, pixelsOf: size, grid)
                } else {
                    photo = try model.detector.prepare(bytes, grid)
                }
            } catch { throw .image(error) }
            metrics.decode.observe(photo.photo.duration)
            if !wanted.writer.showsPhotos {
                state.withLock { $0.images[index] = nil }
            }
            submit(photo, index, seats, for: wanted, waited: since.duration(to: start))
        } catch {
            settle(index, for: wanted, .failure(error))
        }
    }

    /// Queues what the network is to be run on.
    private func submit(
        _ photo: TiledPhoto, _ index: Int, _ seats: [QueueSeat], for wanted: WantedAnswer, waited: Duration
    ) {
        let output = model.engine.model.output
        let options = photo.options(
            wanted.options.detectionOptions(defaultThreshold: options.defaultThreshold, output: output))
        let selection = wanted.options.selection(of: photo, output: output)
        let results = PartResults(count: photo.inputs.count)
        for (part, input) in photo.inputs.enumerated() {
            let ticket = model.scheduler.submit(
                QueuedImage(input: input, options: options[part], seat: seats[part]), bytes: input.byteCount,
                deadline: deadline
            ) { [self] result, timing in
                metrics.queueWait.observe(waited + timing.waiting)
                guard let all = results.add(result, waited: timing.waiting, at: part) else { return }
                // Of one input there is nothing to merge, and a stream's thread is not for more than that.
                guard photo.inputs.count > 1 else {
                    return settle(index, for: wanted, all.map { $0.found(in: photo, selection, waited: waited) })
                }
                workers.answer { [self] in
                    settle(index, for: wanted, all.map { $0.found(in: photo, selection, waited: waited) })
                }
            }
            let isCancelled = state.withLock { state in
                state.tickets.append(ticket)
                return state.isCancelled
            }
            // It was cancelled before its ticket was known.
            if isCancelled { model.scheduler.cancel(ticket) }
        }
    }

    private func settle(_ index: Int, for wanted: WantedAnswer, _ result: Result<FoundImage, ServiceError>) {
        let (seats, isLast) = state.withLock { state in
            state.slots[index] = result
            state.unsettled -= 1
            return (state.seats[index], state.unsettled == 0)
        }
        for seat in seats { seat.leave() }
        if isLast { workers.answer { [self] in finish(wanted) } }
    }

    // MARK: Answer

    /// Writes the answer. On a worker.
    private func finish(_ wanted: WantedAnswer) {
        let (slots, photo, isCancelled) = state.withLock { state in
            (
                state.slots.map { $0 ?? .failure(.internalFailure) }, try? state.images.first??.get(), state.isCancelled
            )
        }
        var times = StageTimes()
        for slot in slots {
            switch slot {
            case .success(let image):
                metrics.count(.detected)
                model.count(image.detections)
                times.formMaximum(image.times)
            case .failure(let error): metrics.count(ImageOutcome(error))
            }
        }
        guard !isCancelled else {
            release()
            return answer.abandon(images: slots.count)
        }
        let context = answer.context
        let name = options.servesSeveralModels ? model.name : nil
        do throws(ServiceError) {
            let response = try wanted.writer.response(
                to: DetectionResults(
                    requestID: context.id, model: model, images: slots, photo: photo, imageLimits: options.imageLimits,
                    total: context.arrival.duration(to: .now)))
            release()
            answer.finish(
                ResponseCompression.apply(to: response, context), stages: times, images: slots.count, model: name)
        } catch {
            release()
            answer.finish(error, images: slots.count, spoken: state.withLock { $0.spoken }, model: name)
        }
    }
}
