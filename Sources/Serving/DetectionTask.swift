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
        var seats: [QueueSeat]
        /// The bytes of each image until it is decoded, or until the answer is drawn.
        var images: [Result<ArraySlice<UInt8>, ServiceError>?] = []
        var slots: [Result<FoundImage, ServiceError>?] = []
        var tickets: [BatchTicket] = []
        var unsettled = 0
        var isCancelled = false
    }

    private let answer: PendingAnswer
    private let model: LoadedModel
    private let coding: ContentCoding
    private let options: ServiceOptions
    private let admission: Admission
    private let memory: HeldMemory
    private let workers: WorkerThreads
    private let metrics: ServiceMetrics
    private let deadline: ContinuousClock.Instant
    private let state: Mutex<State>

    init(
        _ request: Request, coding: ContentCoding, answer: PendingAnswer, model: LoadedModel,
        reservation: (seats: [QueueSeat], memory: HeldMemory), options: ServiceOptions,
        admission: Admission, workers: WorkerThreads, metrics: ServiceMetrics
    ) {
        self.answer = answer
        self.model = model
        self.coding = coding
        self.options = options
        self.admission = admission
        self.workers = workers
        self.metrics = metrics
        deadline = answer.context.arrival + options.deadline
        memory = reservation.memory
        state = Mutex(State(request: request, seats: reservation.seats))
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
            let more = try admission.reserve(images: count - 1, bytes: 0)
            try memory.hold((count - 1) * model.inputBytes)
            state.withLock { state in
                state.seats += more.seats
                state.images = parsed.images
                state.slots = Array(repeating: nil, count: count)
                state.unsettled = count
            }
            let wanted = parsed.wanted
            let now = ContinuousClock.now
            for index in 1..<count { workers.decode { [self] in prepare(index, for: wanted, since: now) } }
            prepare(0, for: wanted, since: answer.context.arrival)
        } catch {
            fail(error)
        }
    }

    /// What the request asks for. Its body lives on in the images that are parts of it, and no longer elsewhere.
    private func understand() throws(ServiceError) -> DetectionRequest {
        guard var request = state.withLock({ $0.request.take() }) else { throw .internalFailure }
        if let end { throw end }
        try decompress(&request)
        return try DetectionRequest(
            request, labels: model.labels, maximumImages: options.maximumImagesPerRequest, memory: memory)
    }

    /// Undoes the content coding. What it becomes is reserved as it grows, before it takes memory.
    private func decompress(_ request: inout Request) throws(ServiceError) {
        guard coding == .gzip else { return }
        var reserved = 0
        do throws(GzipError) {
            request.body = try Gzip.decompress(
                request.body, limit: options.maximumDecompressedBytes, maximumRatio: options.maximumContentExpansion
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
        answer.finish(error)
    }

    /// Lets go of everything that is accounted for.
    private func release() {
        let seats = state.withLock { state in
            defer { (state.seats, state.images) = ([], []) }
            return state.seats
        }
        for seat in seats { seat.leave() }
        memory.giveBack()
    }

    // MARK: Images

    /// Decodes an image and queues it. On a worker, for which the image has waited since `since`.
    private func prepare(_ index: Int, for wanted: WantedAnswer, since: ContinuousClock.Instant) {
        let (source, seat) = state.withLock { ($0.images[index], $0.seats[index]) }
        do throws(ServiceError) {
            if let end { throw end }
            let start = ContinuousClock.now
            guard let bytes = try source?.get() else { throw .internalFailure }
            let photo: PreparedPhoto
            do throws(ImageError) { photo = try model.detector.prepare(bytes) } catch { throw .image(error) }
            metrics.decode.observe(photo.duration)
            if wanted.format == .json {
                state.withLock { $0.images[index] = nil }
            }
            let options = wanted.options.detectionOptions(
                defaultThreshold: self.options.defaultThreshold, output: model.engine.model.output)
            let selection = wanted.options.selection(output: model.engine.model.output)
            let wait = since.duration(to: start)
            let ticket = model.scheduler.submit(
                QueuedImage(input: photo.input, options: options, seat: seat), bytes: photo.input.byteCount,
                deadline: deadline
            ) { [self] result, timing in
                metrics.queueWait.observe(wait + timing.waiting)
                settle(
                    index, for: wanted,
                    result.map { found in
                        let found = FoundImage(
                            photo, detections: found.detections,
                            times: StageTimes(
                                decode: photo.duration, queue: wait + timing.waiting, inference: found.inference,
                                postprocess: found.postprocess))
                        return selection?.choose(of: found) ?? found
                    }.mapError { ServiceError($0) })
            }
            let isCancelled = state.withLock { state in
                state.tickets.append(ticket)
                return state.isCancelled
            }
            // It was cancelled before its ticket was known.
            if isCancelled { model.scheduler.cancel(ticket) }
        } catch {
            settle(index, for: wanted, .failure(error))
        }
    }

    private func settle(_ index: Int, for wanted: WantedAnswer, _ result: Result<FoundImage, ServiceError>) {
        let (seat, isLast) = state.withLock { state in
            state.slots[index] = result
            state.unsettled -= 1
            return (state.seats[index], state.unsettled == 0)
        }
        seat.leave()
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
        let writer = DetectionAnswer(
            id: context.id, model: model, coordinates: wanted.options.coordinates ?? .pixel)
        do throws(ServiceError) {
            let response: Response
            if wanted.isList {
                response = writer.response(slots)
            } else if wanted.format == .json {
                response = writer.response(try slots[0].get(), total: context.arrival.duration(to: .now))
            } else {
                response = try draw(try slots[0].get(), photo, wanted.format)
            }
            release()
            answer.finish(
                ResponseCompression.apply(to: response, context), stages: times, images: slots.count)
        } catch {
            release()
            answer.finish(error, images: slots.count)
        }
    }

    private func draw(
        _ found: FoundImage, _ photo: ArraySlice<UInt8>?, _ format: AnswerFormat
    ) throws(ServiceError) -> Response {
        guard let photo else { throw .internalFailure }
        do throws(ImageError) {
            let picture = try AnnotatedPhoto(limits: options.imageLimits, labels: model.labels)
                .picture(photo, found, isPNG: format == .png)
            return Response(contentType: format.mediaType, body: picture)
        } catch { throw .image(error) }
    }
}
