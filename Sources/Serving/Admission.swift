import Synchronization

/// Counts what waits, so that a request is turned away before its photos take memory rather than after.
///
/// An image is counted from the admission of its request until a stream of the engine takes it; bytes are counted until
/// their request is answered and its memory let go.
///
/// Where several models share the room, each is sure of a part: half of the room is divided among them evenly, and the
/// rest is for who comes first. Of M models one alone may have all but (M − 1) / 2M of it.
///
/// Invariants: both counts are within their limits and never negative, those by model add up to them; every reservation is
/// given back once, at the latest when its owner is released.
package final class Admission: Sendable {
    /// What is counted.
    package struct Held: Sendable, Hashable {
        /// Images that wait.
        package var images = 0
        /// Bytes that are held.
        package var bytes = 0

        package init(images: Int = 0, bytes: Int = 0) { (self.images, self.bytes) = (images, bytes) }
    }

    private struct State {
        var total = Held()
        /// By model; of those that hold something, and of those that have a part.
        var byModel: [String: Held] = [:]
        /// Who is sure of a part.
        var models: Set<String> = []
        /// What each of them is sure of.
        var part = Held()

        /// What one may hold in all without touching what the others are sure of and do not hold.
        func limit(for model: String, _ path: KeyPath<Held, Int>, of all: Int) -> Int {
            var kept = 0
            for other in models where other != model {
                kept += max(0, part[keyPath: path] - (byModel[other]?[keyPath: path] ?? 0))
            }
            return all - kept
        }

        mutating func add(_ images: Int, _ bytes: Int, to model: String) {
            total.images += images
            total.bytes += bytes
            var held = byModel[model] ?? Held()
            held.images += images
            held.bytes += bytes
            byModel[model] = held == Held() && !models.contains(model) ? nil : held
        }
    }

    /// The most images that wait.
    package let maximumImages: Int
    /// The most bytes that are held.
    package let maximumBytes: Int
    private let state = Mutex(State())

    package init(maximumImages: Int, maximumBytes: Int) {
        self.maximumImages = maximumImages
        self.maximumBytes = maximumBytes
    }

    /// From now on each of these models is sure of its part. One alone needs none.
    package func share(among models: [String]) {
        state.withLock { state in
            state.models = models.count > 1 ? Set(models) : []
            let parts = 2 * max(1, state.models.count)
            state.part = Held(images: maximumImages / parts, bytes: maximumBytes / parts)
            state.byModel = state.byModel.filter { $0.value != Held() || state.models.contains($0.key) }
        }
    }

    /// What is held.
    package var held: Held { state.withLock { $0.total } }
    /// Images that wait.
    package var images: Int { held.images }
    /// Bytes that are held.
    package var bytes: Int { held.bytes }

    /// What the requests for a model hold.
    package func held(by model: String) -> Held { state.withLock { $0.byModel[model] ?? Held() } }

    /// The refusal of one more image for a model, without reserving anything.
    func refusal(for model: String) -> ServiceError? {
        state.withLock { state in
            state.total.images >= state.limit(for: model, \.images, of: maximumImages) ? .queueFull : nil
        }
    }

    /// Reserves room for all or nothing.
    ///
    /// - Parameter model: whose images they are.
    /// - Throws: `ServiceError.queueFull` or `.queueBytesFull`.
    package func reserve(
        images: Int, bytes: Int, for model: String = ""
    ) throws(ServiceError) -> (seats: [QueueSeat], memory: HeldMemory) {
        try take(images: images, bytes: bytes, for: model)
        return ((0..<images).map { _ in QueueSeat(self, model) }, HeldMemory(self, bytes: bytes, model))
    }

    fileprivate func take(images: Int, bytes: Int, for model: String) throws(ServiceError) {
        let refusal = state.withLock { state -> ServiceError? in
            if images > state.limit(for: model, \.images, of: maximumImages) - state.total.images { return .queueFull }
            if bytes > state.limit(for: model, \.bytes, of: maximumBytes) - state.total.bytes { return .queueBytesFull }
            state.add(images, bytes, to: model)
            return nil
        }
        if let refusal { throw refusal }
    }

    fileprivate func giveBack(images: Int = 0, bytes: Int = 0, of model: String) {
        state.withLock { $0.add(-images, -bytes, to: model) }
    }

    /// Counts for another model what one holds.
    fileprivate func move(images: Int = 0, bytes: Int = 0, of model: String, to other: String) {
        state.withLock { state in
            state.add(-images, -bytes, to: model)
            state.add(images, bytes, to: other)
        }
    }
}

/// The place of one image among those that wait.
package final class QueueSeat: Sendable {
    private let admission: Admission
    /// For which model; nil when it is left.
    private let model: Mutex<String?>

    fileprivate init(_ admission: Admission, _ model: String) {
        self.admission = admission
        self.model = Mutex(model)
    }

    deinit { leave() }

    /// Gives the place back; a second call does nothing.
    package func leave() {
        if let model = model.withLock({ $0.take() }) { admission.giveBack(images: 1, of: model) }
    }

    /// It is for another model.
    package func move(to other: String) {
        let earlier = model.withLock { model -> String? in
            defer { if model != nil { model = other } }
            return model
        }
        if let earlier, earlier != other { admission.move(images: 1, of: earlier, to: other) }
    }
}

/// Bytes that a request holds: reserved before the memory is taken, given back at the latest when it is released.
package final class HeldMemory: Sendable {
    private let admission: Admission
    private let state: Mutex<(bytes: Int, model: String)>

    fileprivate init(_ admission: Admission, bytes: Int, _ model: String) {
        self.admission = admission
        state = Mutex((bytes, model))
    }

    deinit { giveBack() }

    /// Reserves more.
    ///
    /// - Throws: `ServiceError.queueBytesFull`.
    package func hold(_ bytes: Int) throws(ServiceError) {
        try admission.take(images: 0, bytes: bytes, for: state.withLock { $0.model })
        state.withLock { $0.bytes += bytes }
    }

    /// Gives some of it back.
    package func giveBack(_ bytes: Int) {
        let model = state.withLock { state in
            precondition(bytes <= state.bytes, "more is given back than was held")
            state.bytes -= bytes
            return state.model
        }
        admission.giveBack(bytes: bytes, of: model)
    }

    /// Gives all of it back; a second call does nothing.
    package func giveBack() {
        let (bytes, model) = state.withLock { state in
            defer { state.bytes = 0 }
            return state
        }
        admission.giveBack(bytes: bytes, of: model)
    }

    /// It is for another model. Not at the same time as `hold`.
    package func move(to other: String) {
        let earlier = state.withLock { state in
            defer { state.model = other }
            return state
        }
        if earlier.model != other { admission.move(bytes: earlier.bytes, of: earlier.model, to: other) }
    }
}
